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

Interrupts::Interrupts() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  interrupt_event = event_.get();
  signals_.Handle(SIGINT, NoteInterrupt);
  signals_.Handle(SIGTERM, NoteInterrupt);
  signals_.HandleUnlessIgnored(SIGHUP, NoteInterrupt);
  signals_.Handle(SIGPIPE, NoteBrokenPipe);
}

Interrupts::~Interrupts() {
  for (std::thread& stopper : stoppers_) {
    stopper.join();
  }
  if (IsIgnored(SIGPIPE)) {
    signals_.Leave(SIGPIPE);
  }
}

SignalSource Interrupts::StopOnSignal(std::function<absl::Status(absl::Duration grace)> stop) {
  return {event_.get(), [this, stop = std::move(stop)] {
            uint64_t count = 0;
            if (read(event_.get(), &count, sizeof(count)) != sizeof(count)) {
              return;
            }
            for (; count > 0; --count) {
              const absl::Duration grace = stoppers_.empty() ? kDefaultGrace : absl::ZeroDuration();
              stoppers_.emplace_back([stop, grace] {
                if (const absl::Status status = stop(grace); !status.ok()) {
                  PrintError(status);
                }
              });
            }
          }};
}

}  // namespace berth::cli
