// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <array>
#include <optional>
#include <span>

#include "base/sys/fd.h"
#include "runtime/shim/container.h"
#include "runtime/shim/launched.h"
#include "runtime/shim/path_buffer.h"
#include "runtime/shim/plan_mapping.h"
#include "runtime/shim/pod.h"
#include "runtime/shim/steps.h"

namespace berth::shim {

// A process that was started in a running container on behalf of one connection. It has a cgroup of
// its own below the container's, by which its descendants are found.
class ExecProcess {
 public:
  enum class State : uint8_t { kStarting, kRunning, kEnded };

  ExecProcess(size_t connection, size_t container)
      : connection_(connection), container_(container) {}

  // `number` is unique among the execs of the pod. The descriptors of `stdio` are borrowed.
  Failure Start(const Pod& pod, const Container& container, const PlanMapping& plan,
                const runtime::ExecHeader& header, unsigned number, const StandardFds& stdio);

  bool ReceiveReports() { return process_.ReceiveReports(); }
  void EndFailed() const { process_.EndFailed(); }
  // After the last report: whether it executes.
  Failure FinishStart();
  // The master of its terminal, once started; to be passed on and dropped.
  sys::Fd TakeTerminal() { return std::move(process_.terminal().master); }

  // As Container's.
  bool by_program() const { return state_ == State::kStarting && process_.by_program(); }
  std::optional<sys::ExitStatus> TakeOver(sys::ExitStatus program, const RecentEnds& ends);
  bool awaits_left() const { return by_program() && process_.pid() == 0; }

  // pid() has been reaped. False when it was only the launcher of what may be there now.
  bool HasEnded() { return process_.Ended(); }
  void End();

  // The client has been told of the end.
  void Disconnect() { client_ = Client::kServed; }
  // The client is gone before: from now on the process is killed, with all of its descendants.
  void Abandon() { client_ = Client::kGone; }
  bool connected() const { return client_ == Client::kConnected; }
  bool abandoned() const { return client_ == Client::kGone; }

  // True when it has ended and, if abandoned, left nothing. Kills what there is of an abandoned
  // one.
  bool Settle();

  // Removes its cgroup; what an exec in good order left in the background goes on in the
  // container's. False: to be tried again, because who has just ended (its launcher, too) may still
  // be on its way out of it.
  bool RemoveCgroup();
  // Tries it for the last time: the container is forgotten, whose path this borrows.
  void LeaveCgroup();

  State state() const { return state_; }
  bool executing() const { return process_.executing(); }
  pid_t pid() const { return process_.pid(); }
  bool RunsAs(pid_t pid) const { return process_.pid() == pid && state_ != State::kEnded; }
  int report_fd() const { return process_.report_fd(); }
  size_t connection() const { return connection_; }
  size_t container() const { return container_; }

 private:
  enum class Client : uint8_t { kConnected, kServed, kGone };
  sys::Result MakeCgroup(const Container& container, unsigned number);
  std::span<const char* const> PlanCgroups(
      const Container& container,
      std::array<const char*, runtime::kMaxCgroupDirectories>& space) const;
  sys::Result Clone(const Pod& pod, const Container& container, const PlanMapping& plan,
                    const StandardFds& stdio, sys::SocketPair reports);

  size_t connection_;
  size_t container_;
  Client client_ = Client::kConnected;
  State state_ = State::kStarting;
  Launched process_;
  PathBuffer pid_file_;                  // of the program that starts it; empty: there is none
  PathBuffer cgroup_;                    // empty when the container has none
  int64_t cgroup_deadline_ = 0;          // until then its removal is tried
  const char* parent_cgroup_ = nullptr;  // the container's, which outlives its execs
};

}  // namespace berth::shim
