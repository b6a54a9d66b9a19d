// SPDX-License-Identifier: Apache-2.0
#include "base/leftover_programs.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "base/sys/clock.h"
#include "base/sys/directory.h"
#include "base/sys/process.h"

namespace berth {
namespace {

constexpr size_t kMaxEnvironment = 4 << 20;
constexpr int64_t kMaxEndTime = 5 * sys::kSecond;

bool IsOne(pid_t pid, IsLeftover is_leftover) {
  // What cannot be read has just ended, or is not ours to look at.
  absl::StatusOr<std::string> environment =
      ReadFile(absl::StrCat("/proc/", pid, "/environ"), kMaxEnvironment);
  return environment.ok() && is_leftover(*environment);
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

sys::Result End(int pidfd, int64_t finish_until) {
  if (sys::AwaitExit(pidfd, finish_until).ok()) {
    return sys::Done{};
  }
  SYS_RETURN_IF_ERROR(sys::SignalProcess(pidfd, SIGKILL));
  return sys::AwaitExit(pidfd, sys::MonotonicTime() + kMaxEndTime);
}

}  // namespace

void EndLeftoverPrograms(absl::string_view what, IsLeftover is_leftover, absl::Duration finish) {
  const int64_t finish_until = sys::MonotonicTime() + absl::ToInt64Nanoseconds(finish);
  for (pid_t pid : Processes()) {
    if (!IsOne(pid, is_leftover)) {
      continue;
    }
    sys::ErrnoOr<sys::Fd> pidfd = sys::OpenProcess(pid);
    if (!pidfd.ok() || !IsOne(pid, is_leftover)) {
      continue;  // it ended meanwhile, and its number may be another's
    }
    LogInfo("a program of an earlier daemon is still at work",
            {{"what", what}, {"pid", absl::StrCat(pid)}});
    sys::Result ended = End(pidfd->get(), finish_until);
    if (!ended.ok() && ended.error().code != ESRCH) {
      LogIfError(ToStatus(ended, "end ", what, " ", pid), "a program of an earlier daemon stays");
    }
  }
}

}  // namespace berth
