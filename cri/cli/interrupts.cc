// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/interrupts.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "cri/cli/commands.h"
#include "cri/cli/teardown.h"

namespace berth::cli {
namespace {

// Written to by the signal handler, which may run in any thread.
int interrupt_event = -1;

void NoteInterrupt(int) {
  const int error = errno;
  const uint64_t one = 1;
  if (write(interrupt_event, &one, sizeof(one)) < 0) {
    // The counter is full: it is readable, which is all that counts.
  }
  errno = error;
}

// The reader of our output has gone: once is enough, each further write would tell it again.
void NoteBrokenPipe(int number) {
  signal(SIGPIPE, SIG_IGN);
  NoteInterrupt(number);
}

}  // namespace

void TakeSignal(const SignalSource& signals) {
  uint64_t count = 0;
  if (read(signals.fd, &count, sizeof(count)) != sizeof(count)) {
    return;
  }
  for (; count > 0; --count) {
    signals.on_signal();
  }
}

Interrupts::Interrupts() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  interrupt_event = event_.get();
  struct sigaction action = {};
  action.sa_handler = NoteInterrupt;
  action.sa_flags = SA_RESTART;
  for (int number : {SIGINT, SIGTERM}) {
    sigaction(number, &action, nullptr);
  }
  struct sigaction before = {};
  sigaction(SIGHUP, nullptr, &before);
  if (before.sa_handler != SIG_IGN) {  // else nohup wants it so
    sigaction(SIGHUP, &action, nullptr);
  }
  action.sa_handler = NoteBrokenPipe;
  sigaction(SIGPIPE, &action, nullptr);
}

Interrupts::~Interrupts() {
  for (std::thread& stopper : stoppers_) {
    stopper.join();
  }
}

SignalSource Interrupts::StopOnSignal(std::function<absl::Status(absl::Duration grace)> stop) {
  return {event_.get(), [this, stop = std::move(stop)] {
            const absl::Duration grace = stoppers_.empty() ? kDefaultGrace : absl::ZeroDuration();
            stoppers_.emplace_back([stop, grace] {
              if (const absl::Status status = stop(grace); !status.ok()) {
                PrintError(status);
              }
            });
          }};
}

}  // namespace berth::cli
