// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"

#include "cri/cli/handled_signals.h"

namespace berth::cli {

// For work that has to take away its remains: the first SIGINT, SIGTERM or SIGHUP is noted only,
// and does what it would have done when this is destroyed; another one of its kind does so at once.
// One that was ignored stays so. They may be nested; for the main thread.
class BreakOff {
 public:
  BreakOff();
  ~BreakOff();
  BreakOff(const BreakOff&) = delete;
  BreakOff& operator=(const BreakOff&) = delete;
  BreakOff(BreakOff&&) = delete;
  BreakOff& operator=(BreakOff&&) = delete;

  // Cancelled once a signal has been noted. Of any thread.
  static absl::Status Check();

 private:
  HandledSignals signals_;
};

}  // namespace berth::cli
