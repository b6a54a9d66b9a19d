// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>

#include "base/sys/fd.h"
#include "base/sys/process.h"
#include "runtime/shim/recent_ends.h"
#include "runtime/shim/report.h"

namespace berth::shim {

// A process from its clone on, as the shim follows it. One that joins a PID namespace of others is
// made by a launcher, which stays outside: while it has our capabilities and descriptors, nobody
// in there must see it. Then the process that was cloned first is the launcher, and the reports of
// the one that it makes say which that is. And one that a program of the host starts in our stead
// is what that leaves behind (see left_process.h); until then it is the program that is followed.
class Launched {
 public:
  enum class Way : uint8_t { kCloned, kByLauncher, kByProgram };

  // `reports` is the shim's end of the socket (see OpenReports).
  void Begin(sys::ClonedProcess cloned, Way way, sys::Fd reports);

  // Takes what was reported. True when there will be no more: it executes, or it has ended.
  bool ReceiveReports();
  void CloseReports() { reports_ = sys::Fd(); }

  // The process pid() has been reaped. False when it was but the launcher, and the reports, which
  // end with the last who could send one, have yet to tell whether it made another.
  bool Ended();

  // Whether pid() is a program, which has yet to leave the process.
  bool by_program() const { return way_ == Way::kByProgram; }

  // The program, pid(), has been reaped. From now on pid() is who it has left by `pid_file` in
  // `cgroups`, or one of `ends`, or failure() tells why there is nobody; who may be there all the
  // same is killed. Returns how the process has ended when it has already. When that cannot be told
  // yet, by_program() remains, for a few seconds at most, pid() is 0, and this is to be called
  // again, with a program that has ended well.
  std::optional<sys::ExitStatus> TakeOver(sys::ExitStatus program, const char* pid_file,
                                          std::span<const char* const> cgroups,
                                          const RecentEnds& ends);

  // In the shim's PID namespace; 0: the launcher has ended and nobody else has been heard of.
  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }
  int report_fd() const { return reports_.get(); }
  sys::Result Signal(int signal) const;  // ESRCH when there is nobody to signal
  // Kills what has reported a failure: a filter may refuse it to exit.
  void EndFailed() const;

  bool executing() const { return progress_.executing && !progress_.failure.happened(); }
  Failure& failure() { return progress_.failure; }
  const Failure& failure() const { return progress_.failure; }
  sys::Terminal& terminal() { return progress_.terminal; }

 private:
  pid_t pid_ = 0;
  pid_t cloned_ = 0;  // by us: the launcher's, whose reports, too, may be read after its end
  sys::Fd pidfd_;
  sys::Fd reports_;
  Way way_ = Way::kCloned;              // kCloned, too, once it is known which process it is
  bool all_reported_ = false;           // whoever could report has ended, or executes
  std::optional<sys::ExitStatus> end_;  // of what a program has left
  int64_t leave_deadline_ = 0;          // CLOCK_MONOTONIC; 0: the program has not ended
  LaunchProgress progress_;

  Failure Adopt(pid_t left, std::span<const char* const> cgroups, const RecentEnds& ends);
  bool MayYetBeLeft(const Failure& found);
};

}  // namespace berth::shim
