// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>

#include "base/sys/errno_or.h"
#include "base/sys/fd.h"
#include "base/sys/process.h"
#include "runtime/plan/plan_header.h"
#include "runtime/plan/shim_protocol.h"
#include "runtime/shim/container_paths.h"
#include "runtime/shim/launched.h"
#include "runtime/shim/log_file.h"
#include "runtime/shim/output_stream.h"
#include "runtime/shim/plan_mapping.h"
#include "runtime/shim/pod.h"

namespace berth::shim {

inline constexpr size_t kContainerIdSize = sizeof(runtime::ShimReply::container_id);
inline constexpr size_t kContainerPathSpace = 8 * 1024;

// The parts of a container that are large and mostly untouched; one a slot, kept apart for that.
struct ContainerSpace {
  char kept_out[kMaxLogPayload];
  char kept_err[kMaxLogPayload];
  char paths[kContainerPathSpace];
};

// A container as the shim knows it, from the clone of its first process until it is forgotten.
class Container {
 public:
  enum class State : uint8_t {
    kStarting,  // on its way to exec
    kRunning,
    kEnding,  // the first process has ended, its output may not have
    kExited,
  };

  explicit Container(ContainerSpace& space)
      : space_(space),
        out_(LogStream::kStdout, space.kept_out),
        err_(LogStream::kStderr, space.kept_err) {}

  // Opens the log and clones the first process. `pid_namespace` is a pidfd whose namespace to join,
  // -1 for one of its own or the shim's. On failure nothing is left but perhaps an empty log.
  Failure Start(const Pod& pod, const PlanMapping& plan, const runtime::LaunchHeader& header,
                int pid_namespace);

  // What the process reports on its way. True when there will be no more: it executes, or it has
  // ended.
  bool ReceiveReports() { return process_.ReceiveReports(); }

  void EndFailed() const { process_.EndFailed(); }

  // After the last report, with the process alive or known to have ended: whether it executes.
  Failure FinishStart(bool ended);

  // Whether the program that is to start it is yet to leave it.
  bool by_program() const { return state_ == State::kStarting && process_.by_program(); }
  // The program, pid(), has been reaped. What it has left, or why it has left nothing, is for
  // FinishStart to tell. How the first process has ended, if it has already. To be called again
  // while awaits_left(): that cannot be told yet.
  std::optional<sys::ExitStatus> TakeOver(sys::ExitStatus program, const RecentEnds& ends) {
    return process_.TakeOver(program, paths_.pid_file(), paths_.cgroups(), ends);
  }
  bool awaits_left() const { return by_program() && process_.pid() == 0; }

  // pid() has been reaped. False when it was only the launcher of what may be there now.
  bool HasEnded() { return process_.Ended(); }
  // The first process has ended. Its exit is recorded in `exits`.
  void End(int exits, sys::ExitStatus status);
  // It never ran and nobody was there to be told: that it failed is its exit.
  void EndUnstarted(int exits);

  // Kills what the first process left where no PID namespace has taken it along. True when there is
  // nothing (more) to kill.
  bool KillStragglers();

  // All output is logged, or has been waited for long enough; what is there has been read.
  void FinishOutput();
  bool output_ended() const { return !out_.is_open() && !err_.is_open(); }

  sys::Result Signal(int signal) const;
  sys::Result SignalAll(int signal) const;
  sys::Result ReopenLog();
  sys::Result Resize(uint16_t rows, uint16_t columns) const;

  // From now on nobody but those who were given a copy keeps its stdin open. Not a terminal.
  void CloseInput() { input_ = sys::Fd(); }

  // Write end of stdin or master of the terminal; -1 when there is neither.
  int input_fd() const;

  // Everything about it that a reply carries.
  void Describe(runtime::ShimReply& reply) const;

  const char* id() const { return id_; }
  State state() const { return state_; }
  bool executing() const { return process_.executing(); }
  int exit_code() const { return exit_code_; }
  bool was_started() const { return started_at_ != 0; }
  bool has_terminal() const { return has_terminal_; }
  pid_t pid() const { return process_.pid(); }
  // False once it has been reaped, when its number may mean another process.
  bool RunsAs(pid_t pid) const {
    return process_.pid() == pid && (state_ == State::kStarting || state_ == State::kRunning);
  }
  int pidfd() const { return process_.pidfd(); }
  int report_fd() const { return process_.report_fd(); }
  OutputStream& stream(LogStream name) { return name == LogStream::kStdout ? out_ : err_; }
  LogFile& log() { return log_; }
  const ContainerPaths& paths() const { return paths_; }
  size_t kill_directory() const { return kill_directory_; }
  // CLOCK_MONOTONIC; set by End.
  int64_t output_deadline() const { return output_deadline_; }

 private:
  struct ChildFds;
  sys::Result OpenOutput(const runtime::LaunchHeader& header, ChildFds& child);
  sys::Result Clone(const Pod& pod, const PlanMapping& plan, const runtime::LaunchHeader& header,
                    int pid_namespace, const ChildFds& child, sys::SocketPair reports);
  void WriteExitRecord(int exits) const;
  uint64_t OomKills() const;

  ContainerSpace& space_;
  char id_[kContainerIdSize] = {};
  ContainerPaths paths_;
  size_t kill_directory_ = 0;
  State state_ = State::kStarting;
  bool has_stragglers_ = false;  // may have processes that outlive the first one
  bool has_terminal_ = false;
  Launched process_;
  LogFile log_;
  OutputStream out_;
  OutputStream err_;
  sys::Fd terminal_slave_;  // while it is open, the master never sees a hang-up
  sys::Fd input_;
  uint64_t oom_kills_before_ = 0;
  bool oom_killed_ = false;
  int exit_code_ = 0;
  int64_t started_at_ = 0;
  int64_t finished_at_ = 0;
  int64_t output_deadline_ = 0;
};

}  // namespace berth::shim
