// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/cgroup_kill.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "base/clock.h"
#include "base/deadline.h"
#include "base/status.h"
#include "base/sys/fd.h"
#include "base/sys/file.h"
#include "base/sys/process.h"
#include "runtime/cgroup/control_file.h"
#include "runtime/cgroup/process_list.h"

namespace berth::runtime {
namespace {

// Descriptors held at once; the rest has its turn in the next round.
constexpr size_t kMaxKilledPerRound = 256;

// How long a round waits for the effect of the one before.
constexpr absl::Duration kFirstRound = absl::Milliseconds(10);
constexpr absl::Duration kLastRound = absl::Seconds(1);

// True when it was written; false when the file or its cgroup is not there.
absl::StatusOr<bool> TryWrite(const std::string& path, absl::string_view value) {
  const sys::Result written =
      sys::WriteControlFile(AT_FDCWD, path.c_str(), value.data(), value.size());
  if (!written.ok() && (written.error().code == ENOENT || written.error().code == ENODEV)) {
    return false;
  }
  RETURN_IF_ERROR(ToStatus(written, "write ", value, " to ", path));
  return true;
}

absl::Status SetFreezer(const std::string& directory, absl::string_view state) {
  std::vector<std::string> directories;
  RETURN_IF_ERROR(AppendDirectories(directory, directories));
  for (const std::string& one : directories) {
    RETURN_IF_ERROR(TryWrite(absl::StrCat(one, "/freezer.state"), state).status());
  }
  return absl::OkStatus();
}

struct Target {
  int pid;
  sys::Fd pidfd;
};

std::vector<Target> OpenTargets(const std::vector<int>& processes) {
  std::vector<Target> targets;
  for (const int pid : processes) {
    sys::ErrnoOr<sys::Fd> pidfd = sys::OpenProcess(pid);
    if (pidfd.ok()) {  // else it has ended already, or is opened in the next round
      targets.push_back({pid, *std::move(pidfd)});
    }
    if (targets.size() == kMaxKilledPerRound) {
      break;
    }
  }
  return targets;
}

// Signals the processes of the cgroup one by one, and waits for them to end. A number may have got
// a new owner between being listed and opened, so only those are signalled that are listed again.
absl::Status KillOneByOne(const CgroupToKill& cgroup, absl::Time until) {
  ASSIGN_OR_RETURN(const std::vector<int> listed, ProcessesOf(cgroup));
  const std::vector<Target> targets = OpenTargets(listed);
  ASSIGN_OR_RETURN(const std::vector<int> still_there, ProcessesOf(cgroup));
  for (const Target& target : targets) {
    if (!std::binary_search(still_there.begin(), still_there.end(), target.pid)) {
      continue;
    }
    const sys::Result sent = sys::SignalProcess(target.pidfd.get(), SIGKILL);
    if (!sent.ok() && sent.error().code != ESRCH) {
      return ToStatus(sent, "kill process ", target.pid);
    }
  }
  if (!cgroup.freezer.empty()) {
    RETURN_IF_ERROR(SetFreezer(cgroup.freezer, "THAWED"));  // nothing frozen dies
  }
  for (const Target& target : targets) {
    if (!sys::AwaitExit(target.pidfd.get(), MonotonicDeadline(until)).ok()) {
      break;  // the next round tries again
    }
  }
  return absl::OkStatus();
}

// cgroup2 tells of the last process's end by cgroup.events. Whoever else then removes the cgroup,
// as systemd does, has the file fail with ENODEV.
void AwaitUnpopulated(const std::string& directory, absl::Time until) {
  const std::string path = absl::StrCat(directory, "/cgroup.events");
  const sys::ErrnoOr<sys::Fd> events = sys::OpenAt(AT_FDCWD, path.c_str(), O_RDONLY);
  while (events.ok()) {
    std::array<char, 256> buffer = {};
    if (lseek(events->get(), 0, SEEK_SET) < 0) {
      break;
    }
    const sys::ErrnoOr<size_t> got = sys::ReadFull(events->get(), buffer);
    if (!got.ok() || Keyed(absl::string_view(buffer.data(), *got), "populated") == 0) {
      break;
    }
    pollfd poll_events = {.fd = events->get(), .events = POLLPRI, .revents = 0};
    const int timeout = PollTimeout(until);
    if (timeout == 0 || poll(&poll_events, 1, timeout) == 0) {
      break;
    }
  }
}

absl::Status KillRound(const CgroupToKill& cgroup, bool first, absl::Time until) {
  bool told_kernel = false;
  if (!cgroup.unified.empty()) {
    ASSIGN_OR_RETURN(told_kernel, TryWrite(absl::StrCat(cgroup.unified, "/cgroup.kill"), "1"));
  }
  if (told_kernel && first) {
    if (!cgroup.freezer.empty()) {
      RETURN_IF_ERROR(SetFreezer(cgroup.freezer, "THAWED"));
    }
    AwaitUnpopulated(cgroup.unified, until);
    return absl::OkStatus();
  }
  if (!first && !cgroup.freezer.empty()) {
    // What forks faster than we can list must stand still.
    RETURN_IF_ERROR(TryWrite(absl::StrCat(cgroup.freezer, "/freezer.state"), "FROZEN").status());
  }
  return KillOneByOne(cgroup, until);
}

}  // namespace

absl::StatusOr<std::vector<int>> ProcessesOf(const CgroupToKill& cgroup) {
  std::vector<int> processes;
  for (const std::string* directory : {&cgroup.processes, &cgroup.unified}) {
    if (!directory->empty()) {
      RETURN_IF_ERROR(AppendProcesses(*directory, processes));
    }
  }
  std::sort(processes.begin(), processes.end());
  processes.erase(std::unique(processes.begin(), processes.end()), processes.end());
  return processes;
}

absl::StatusOr<bool> IsCgroupEmpty(const CgroupToKill& cgroup) {
  if (!cgroup.unified.empty()) {
    const absl::StatusOr<std::string> events =
        ReadControlFile(absl::StrCat(cgroup.unified, "/cgroup.events"), kMaxControlFile);
    if (!absl::IsNotFound(events.status())) {
      RETURN_IF_ERROR(events.status());
      if (Keyed(*events, "populated") != 0) {
        return false;
      }
    }
  }
  if (cgroup.processes.empty()) {
    return true;
  }
  std::vector<int> processes;
  RETURN_IF_ERROR(AppendProcesses(cgroup.processes, processes));
  return processes.empty();
}

absl::Status KillCgroup(const CgroupToKill& cgroup, absl::Time deadline) {
  absl::Duration round = kFirstRound;
  for (bool first = true;; first = false, round = std::min(2 * round, kLastRound)) {
    ASSIGN_OR_RETURN(const bool empty, IsCgroupEmpty(cgroup));
    if (empty) {
      return absl::OkStatus();
    }
    if (!first && SteadyNow() >= deadline) {
      return absl::DeadlineExceededError("processes that were killed have not ended");
    }
    RETURN_IF_ERROR(KillRound(cgroup, first, std::min(deadline, SteadyNow() + round)));
  }
}

}  // namespace berth::runtime
