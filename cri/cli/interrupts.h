// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "base/sys/fd.h"
#include "cri/cli/handled_signals.h"

namespace berth::cli {

// Signals that this process has got, to be acted upon while output is followed.
struct SignalSource {
  int fd = -1;
  std::function<void()> take;  // acts upon what has come, once the descriptor can be read
};

// Interrupts, a closed terminal and a reader that has gone end the container, not this program: the
// first as `berth stop` does, a further one kills. What signals did before they do again
// afterwards, but for a broken pipe that has been noticed: it stays ignored. One at a time in a
// process.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  Interrupts(Interrupts&&) = delete;
  Interrupts& operator=(Interrupts&&) = delete;

  // Calls `stop`, which must outlive it, in a thread of its own for each; its error is printed.
  SignalSource StopOnSignal(std::function<absl::Status(absl::Duration grace)> stop);

 private:
  sys::Fd event_;
  HandledSignals signals_;  // ends before what it writes to
  std::vector<std::thread> stoppers_;
};

}  // namespace berth::cli
