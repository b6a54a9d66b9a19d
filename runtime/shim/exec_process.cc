// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/exec_process.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <array>

#include "base/sys/cgroup.h"
#include "base/sys/clock.h"
#include "base/sys/process.h"
#include "runtime/shim/cgroup.h"
#include "runtime/shim/launch.h"

namespace berth::shim {
namespace {

constexpr int64_t kCgroupTime = 2 * sys::kSecond;

}  // namespace

sys::Result ExecProcess::MakeCgroup(const Container& container, unsigned number) {
  parent_cgroup_ = container.paths().cgroups()[container.kill_directory()];
  cgroup_.Append(parent_cgroup_).Append("/exec-").AppendNumber(number);
  if (cgroup_.full()) {
    return sys::Errno{ENAMETOOLONG, "mkdirat"};
  }
  return shim::MakeCgroup(cgroup_.c_str());
}

// Those that the cloned process joins. A program lets the process join the container's, and is
// itself in the exec's only if that is of cgroup2.
std::span<const char* const> ExecProcess::PlanCgroups(
    const Container& container,
    std::array<const char*, runtime::kMaxCgroupDirectories>& space) const {
  if (cgroup_.text().empty()) {
    return {};
  }
  if (!pid_file_.text().empty()) {
    space[0] = cgroup_.c_str();
    return {space.data(), sys::IsUnifiedCgroup(cgroup_.c_str()) ? 1U : 0U};
  }
  std::span<const char* const> all = container.paths().cgroups();
  std::copy(all.begin(), all.end(), space.begin());
  space[container.kill_directory()] = cgroup_.c_str();
  return {space.data(), all.size()};
}

sys::Result ExecProcess::Clone(const Pod& pod, const Container& container, const PlanMapping& plan,
                               const StandardFds& stdio, sys::SocketPair reports) {
  const bool by_program = !pid_file_.text().empty();
  std::array<const char*, runtime::kMaxCgroupDirectories> space;
  LaunchInputs inputs = {.pod = pod, .plan = plan, .cgroups = PlanCgroups(container, space)};
  sys::CloneRequest request = {.namespaces = by_program ? uint64_t{CLONE_NEWNS} : 0};
  sys::Fd born_in;
  if (!cgroup_.text().empty()) {
    SYS_ASSIGN_OR_RETURN(born_in, sys::OpenBirthplace(cgroup_.c_str()));
    request.cgroup = born_in.get();
  }
  SYS_ASSIGN_OR_RETURN(sys::ClonedProcess cloned, sys::CloneProcess(request));
  if (cloned.pid == 0) {
    reports.first = sys::Fd();
    inputs.pid_namespace = by_program ? -1 : container.pidfd();
    inputs.report = reports.second.get();
    inputs.stdio = stdio;
    LaunchExec(inputs);
  }
  process_.Begin(std::move(cloned),
                 by_program ? Launched::Way::kByProgram : Launched::Way::kByLauncher,
                 std::move(reports.first));
  return sys::Done{};
}

Failure ExecProcess::Start(const Pod& pod, const Container& container, const PlanMapping& plan,
                           const runtime::ExecHeader& header, unsigned number,
                           const StandardFds& stdio) {
  pid_file_.Append(header.program.pid_file);
  if (pid_file_.full()) {
    return {runtime::LaunchStep::kDecodePlan, ENAMETOOLONG};
  }
  if (!container.paths().cgroups().empty()) {
    if (sys::Result made = MakeCgroup(container, number); !made.ok()) {
      return {runtime::LaunchStep::kCgroup, made.error().code};
    }
  }
  sys::ErrnoOr<sys::SocketPair> reports = OpenReports();
  if (!reports.ok()) {
    return {runtime::LaunchStep::kStdio, reports.error().code};
  }
  if (sys::Result cloned = Clone(pod, container, plan, stdio, *std::move(reports)); !cloned.ok()) {
    return {runtime::LaunchStep::kClone, cloned.error().code};
  }
  return {};
}

// What it has forked by now stays in the container's cgroup, where the program has put it.
std::optional<sys::ExitStatus> ExecProcess::TakeOver(sys::ExitStatus program,
                                                     const RecentEnds& ends) {
  const std::optional<sys::ExitStatus> ended =
      process_.TakeOver(program, pid_file_.c_str(), {}, ends);
  if (process_.executing() && process_.pid() != 0 && !ended.has_value() &&
      !cgroup_.text().empty()) {
    (void)MoveToCgroup(process_.pid(), cgroup_.c_str());
  }
  return ended;
}

Failure ExecProcess::FinishStart() {
  process_.CloseReports();
  process_.terminal().slave = sys::Fd();
  if (process_.failure().happened()) {
    return process_.failure();
  }
  if (!process_.executing()) {
    return {runtime::LaunchStep::kExec, EINTR};
  }
  state_ = State::kRunning;
  return {};
}

bool ExecProcess::Settle() {
  if (!abandoned()) {
    return state_ == State::kEnded;
  }
  if (state_ != State::kEnded) {
    (void)process_.Signal(SIGKILL);  // ESRCH: its end is about to be noticed
  }
  if (cgroup_.text().empty()) {
    return state_ == State::kEnded;
  }
  sys::ErrnoOr<bool> empty = SignalCgroup(cgroup_.c_str(), SIGKILL);
  return state_ == State::kEnded && (!empty.ok() || *empty);
}

void ExecProcess::End() {
  state_ = State::kEnded;
  cgroup_deadline_ = sys::MonotonicTime() + kCgroupTime;
}

bool ExecProcess::RemoveCgroup() {
  if (cgroup_.text().empty()) {
    return true;
  }
  sys::Result removed = shim::RemoveCgroup(cgroup_.c_str(), parent_cgroup_);
  const bool in_use = !removed.ok() && removed.error().code == EBUSY;
  return !in_use || sys::MonotonicTime() >= cgroup_deadline_;
}

// What cannot be removed now goes with the container's own cgroup.
void ExecProcess::LeaveCgroup() {
  (void)RemoveCgroup();
  cgroup_ = PathBuffer();
}

}  // namespace berth::shim
