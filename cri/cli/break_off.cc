// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/break_off.h"

#include <signal.h>

#include <atomic>

namespace berth::cli {
namespace {

// Written by the signal handler, which may run in any thread; 0 when none has come.
std::atomic<int> noted_signal = 0;
static_assert(std::atomic<int>::is_always_lock_free);

void Note(int number) {
  noted_signal = number;
}

}  // namespace

BreakOff::BreakOff() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    signals_.HandleUnlessIgnored(number, Note, SA_RESTART | static_cast<int>(SA_RESETHAND));
  }
}

BreakOff::~BreakOff() {
  signals_.Restore();
  if (const int number = noted_signal.exchange(0); number != 0) {
    raise(number);
  }
}

absl::Status BreakOff::Check() {
  return noted_signal == 0 ? absl::OkStatus() : absl::CancelledError("interrupted");
}

}  // namespace berth::cli
