// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/exec_process.h"

#include <fcntl.h>
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

sys::Result ExecProcess::Clone(const Pod& pod, const Container& container, const PlanMapping& plan,
                               const StandardFds& stdio, sys::SocketPair reports) {
  std::array<const char*, runtime::kMaxCgroupDirectories> cgroups = {};
  std::span<const char* const> all = container.paths().cgroups();
  std::copy(all.begin(), all.end(), cgroups.begin());
  LaunchInputs inputs = {.pod = pod, .plan = plan, .cgroups = {cgroups.data(), all.size()}};
  sys::CloneRequest request;
  sys::Fd born_in;
  if (!cgroup_.text().empty()) {
    cgroups[container.kill_directory()] = cgroup_.c_str();
    SYS_ASSIGN_OR_RETURN(born_in, sys::OpenBirthplace(cgroup_.c_str()));
    request.cgroup = born_in.get();
  }
  SYS_ASSIGN_OR_RETURN(sys::ClonedProcess cloned, sys::CloneProcess(request));
  if (cloned.pid == 0) {
    reports.first = sys::Fd();
    inputs.pid_namespace = container.pidfd();
    inputs.report = reports.second.get();
    inputs.stdio = stdio;
    LaunchExec(inputs);
  }
  process_.Begin(std::move(cloned), true, std::move(reports.first));
  return sys::Done{};
}

Failure ExecProcess::Start(const Pod& pod, const Container& container, const PlanMapping& plan,
                           unsigned number, const StandardFds& stdio) {
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
