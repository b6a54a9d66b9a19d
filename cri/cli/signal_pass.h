// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "absl/status/status.h"

#include "base/sys/fd.h"
#include "cri/cli/handled_signals.h"
#include "cri/cli/interrupts.h"

namespace berth::cli {

// While it lives, the signals by which people and scripts end or poke a program are not acted upon
// but handed on, by number, to a container that this one is attached to. One at a time in a
// process, and none beside Interrupts.
class SignalPass {
 public:
  SignalPass();

  // Calls `pass`, whose error is printed, for each.
  SignalSource To(std::function<absl::Status(int number)> pass) const;

 private:
  sys::Fd numbers_;  // a byte each
  sys::Fd writer_;
  HandledSignals signals_;  // ends before what it writes to
};

}  // namespace berth::cli
