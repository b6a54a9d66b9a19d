// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/signal_pass.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "cri/cli/commands.h"

namespace berth::cli {
namespace {

constexpr int kPassed[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

// Written to by the signal handler, which may run in any thread.
int passed_numbers = -1;

void NoteNumber(int number) {
  const int error = errno;
  const auto byte = static_cast<unsigned char>(number);
  if (write(passed_numbers, &byte, sizeof(byte)) < 0) {
    // The pipe is full of signals that nobody has taken: one more would change nothing.
  }
  errno = error;
}

}  // namespace

SignalPass::SignalPass() {
  std::array<int, 2> ends = {-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    return;  // without descriptors signals act upon us
  }
  numbers_ = sys::Fd(ends[0]);
  writer_ = sys::Fd(ends[1]);
  passed_numbers = writer_.get();
  for (const int number : kPassed) {
    signals_.HandleUnlessIgnored(number, NoteNumber);
  }
}

SignalSource SignalPass::To(std::function<absl::Status(int number)> pass) const {
  return {numbers_.get(), [fd = numbers_.get(), pass = std::move(pass)] {
            std::array<unsigned char, 64> numbers = {};
            const ssize_t count = read(fd, numbers.data(), numbers.size());
            for (ssize_t i = 0; i < count; ++i) {
              const absl::Status passed = pass(numbers[static_cast<size_t>(i)]);
              if (!passed.ok()) {
                PrintError(passed);
              }
            }
          }};
}

}  // namespace berth::cli
