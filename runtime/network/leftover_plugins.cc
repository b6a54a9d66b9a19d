// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/leftover_plugins.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "base/sys/clock.h"
#include "base/sys/directory.h"
#include "base/sys/process.h"

namespace berth::runtime {
namespace {

constexpr size_t kMaxEnvironment = 4 << 20;
constexpr int64_t kMaxFinishTime = 5 * sys::kSecond;  // of all of them
constexpr int64_t kMaxEndTime = 5 * sys::kSecond;

bool IsPluginProcess(const PodIds& pods, pid_t pid) {
  // What cannot be read has just ended, or is not ours to look at.
  absl::StatusOr<std::string> environment =
      ReadFile(absl::StrCat("/proc/", pid, "/environ"), kMaxEnvironment);
  return environment.ok() && IsPluginOf(pods, *environment);
}

std::vector<pid_t> Processes() {
  std::vector<pid_t> pids;
  sys::ErrnoOr<sys::DirectoryReader> proc = sys::DirectoryReader::Open(AT_FDCWD, "/proc");
  while (proc.ok()) {
    sys::ErrnoOr<const dirent*> entry = proc->Next();
    if (!entry.ok() || *entry == nullptr) {
      break;
    }
    pid_t pid = 0;
    if (absl::SimpleAtoi((*entry)->d_name, &pid) && pid != getpid()) {
      pids.push_back(pid);
    }
  }
  return pids;
}

// A DEL that is cut short leaves rules behind that a second one does not find.
sys::Result End(int pidfd, int64_t finish_until) {
  if (sys::AwaitExit(pidfd, finish_until).ok()) {
    return sys::Done{};
  }
  SYS_RETURN_IF_ERROR(sys::SignalProcess(pidfd, SIGKILL));
  return sys::AwaitExit(pidfd, sys::MonotonicTime() + kMaxEndTime);
}

}  // namespace

bool IsPluginOf(const PodIds& pods, absl::string_view environment) {
  bool has_command = false;
  bool has_pod = false;
  for (absl::string_view variable : absl::StrSplit(environment, '\0')) {
    if (absl::ConsumePrefix(&variable, "CNI_CONTAINERID=")) {
      has_pod = pods.contains(variable);
    } else if (absl::ConsumePrefix(&variable, "CNI_COMMAND=")) {
      has_command = true;
    }
  }
  return has_command && has_pod;
}

void EndLeftoverPlugins(const PodIds& pods) {
  if (pods.empty()) {
    return;
  }
  const int64_t finish_until = sys::MonotonicTime() + kMaxFinishTime;
  for (pid_t pid : Processes()) {
    if (!IsPluginProcess(pods, pid)) {
      continue;
    }
    sys::ErrnoOr<sys::Fd> pidfd = sys::OpenProcess(pid);
    if (!pidfd.ok() || !IsPluginProcess(pods, pid)) {
      continue;  // it ended meanwhile, and its number may be another's
    }
    LogInfo("a CNI plugin of an earlier daemon is still at work", {{"pid", absl::StrCat(pid)}});
    sys::Result ended = End(pidfd->get(), finish_until);
    if (!ended.ok() && ended.error().code != ESRCH) {
      LogIfError(ToStatus(ended, "end plugin ", pid), "a CNI plugin of an earlier daemon stays");
    }
  }
}

}  // namespace berth::runtime
