// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include "base/sys/fd.h"
#include "base/sys/process.h"
#include "runtime/shim/report.h"

namespace berth::shim {

// A process from its clone on, as the shim follows it. One that joins a PID namespace of others is
// made by a launcher, which stays outside: while it has our capabilities and descriptors, nobody
// in there must see it. Then the process that was cloned first is the launcher, and the reports of
// the one that it makes say which that is.
class Launched {
 public:
  // `reports` is the shim's end of the socket (see OpenReports).
  void Begin(sys::ClonedProcess cloned, bool by_launcher, sys::Fd reports);

  // Takes what was reported. True when there will be no more: it executes, or it has ended.
  bool ReceiveReports();
  void CloseReports() { reports_ = sys::Fd(); }

  // The process pid() has been reaped. False when it was but the launcher: whether it made
  // another is told by the reports, which end with the last who could send one.
  bool Ended();

  // In the shim's PID namespace; 0: the launcher has ended and nobody else has been heard of.
  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }
  int report_fd() const { return reports_.get(); }
  sys::Result Signal(int signal) const;  // ESRCH when there is nobody to signal

  bool executing() const { return progress_.executing && !progress_.failure.happened(); }
  Failure& failure() { return progress_.failure; }
  const Failure& failure() const { return progress_.failure; }
  sys::Terminal& terminal() { return progress_.terminal; }

 private:
  pid_t pid_ = 0;
  sys::Fd pidfd_;
  sys::Fd reports_;
  bool by_launcher_ = false;  // and the one it makes has not been heard of
  LaunchProgress progress_;
};

}  // namespace berth::shim
