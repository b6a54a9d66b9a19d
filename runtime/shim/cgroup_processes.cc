// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>

#include <string_view>
#include <utility>

#include "base/sys/cgroup.h"
#include "base/sys/child_directories.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/process.h"
#include "runtime/shim/cgroup.h"
#include "runtime/shim/path_buffer.h"

namespace berth::shim {
namespace {

constexpr int kMaxDepth = 8;        // of cgroups made by a container below its own
constexpr size_t kListSize = 4096;  // bytes of cgroup.procs read at a time

// Calls visit(pid) for every process that the cgroup lists.
template <typename Visit>
sys::Result ForEachProcess(int cgroup, Visit visit) {
  SYS_ASSIGN_OR_RETURN(sys::Fd file, sys::OpenAt(cgroup, "cgroup.procs", O_RDONLY));
  char buffer[kListSize];
  pid_t pid = 0;
  while (true) {
    SYS_ASSIGN_OR_RETURN(size_t size, sys::ReadFull(file.get(), buffer));
    for (char c : std::string_view(buffer, size)) {
      if (c != '\n') {
        pid = pid * 10 + (c - '0');
      } else if (pid != 0) {  // 0: of a PID namespace that we do not see
        visit(std::exchange(pid, 0));
      }
    }
    if (size < sizeof(buffer)) {
      return sys::Done{};
    }
  }
}

// Opens the process only if it is in or below the cgroup of `directory`. The pidfd comes first:
// what /proc says after it is of the same process, or that one has ended and cannot be signalled by
// it.
sys::ErrnoOr<sys::Fd> OpenMember(const char* directory, pid_t pid) {
  SYS_ASSIGN_OR_RETURN(sys::Fd pidfd, sys::OpenProcess(pid));
  SYS_RETURN_IF_ERROR(ConfirmCgroupsOf(pid, std::span(&directory, 1)));
  return pidfd;
}

// Of one signalling: where, what, and whether there was anything to signal.
struct Signalling {
  const char* directory;
  int signal;
  bool empty = true;
};

sys::Result SignalListed(int cgroup, Signalling& signalling) {
  return ForEachProcess(cgroup, [&signalling](pid_t pid) {
    signalling.empty = false;
    if (sys::ErrnoOr<sys::Fd> pidfd = OpenMember(signalling.directory, pid); pidfd.ok()) {
      (void)sys::SignalProcess(pidfd->get(), signalling.signal);  // ESRCH: it has ended meanwhile
    }
  });
}

sys::Result SignalTree(int cgroup, Signalling& signalling, int depth);

sys::Result SignalChildren(int cgroup, Signalling& signalling, int depth) {
  sys::ChildDirectories children(cgroup);
  while (true) {
    SYS_ASSIGN_OR_RETURN(const char* name, children.Next());
    if (name == nullptr) {
      return sys::Done{};
    }
    sys::ErrnoOr<sys::Fd> child = sys::OpenAt(cgroup, name, O_RDONLY | O_DIRECTORY);
    if (child.ok()) {  // else removed meanwhile
      SYS_RETURN_IF_ERROR(SignalTree(child->get(), signalling, depth + 1));
    }
  }
}

sys::Result SignalTree(int cgroup, Signalling& signalling, int depth) {
  SYS_RETURN_IF_ERROR(SignalListed(cgroup, signalling));
  return depth < kMaxDepth ? SignalChildren(cgroup, signalling, depth) : sys::Result(sys::Done{});
}

bool IsPopulated(int cgroup) {
  char buffer[256];
  sys::ErrnoOr<sys::Fd> events = sys::OpenAt(cgroup, "cgroup.events", O_RDONLY);
  if (!events.ok()) {
    return false;
  }
  sys::ErrnoOr<size_t> size = sys::ReadFull(events->get(), buffer);
  return size.ok() && std::string_view(buffer, *size).find("populated 1") != std::string_view::npos;
}

sys::Result Move(pid_t pid, int cgroup) {
  PathBuffer number;
  number.AppendNumber(static_cast<unsigned>(pid));
  return sys::WriteControlFile(cgroup, "cgroup.procs", number.c_str(), number.text().size());
}

// Gives the processes of `cgroup` to `parent`.
sys::Result MoveProcesses(int cgroup, const char* parent) {
  SYS_ASSIGN_OR_RETURN(sys::Fd directory, sys::OpenAt(AT_FDCWD, parent, O_PATH | O_DIRECTORY));
  return ForEachProcess(cgroup, [&directory](pid_t pid) {
    // ESRCH: it has ended meanwhile; anything else shows when the cgroup cannot be removed.
    (void)Move(pid, directory.get());
  });
}

}  // namespace

sys::ErrnoOr<bool> SignalCgroup(const char* directory, int signal) {
  sys::ErrnoOr<sys::Fd> cgroup = sys::OpenAt(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
  if (!cgroup.ok()) {
    return cgroup.error().code == ENOENT ? sys::ErrnoOr<bool>(true) : cgroup.error();
  }
  if (signal == SIGKILL && sys::WriteControlFile(cgroup->get(), "cgroup.kill", "1", 1).ok()) {
    return !IsPopulated(cgroup->get());
  }
  Signalling signalling = {directory, signal};
  SYS_RETURN_IF_ERROR(SignalTree(cgroup->get(), signalling, 0));
  return signalling.empty;
}

sys::Result ConfirmCgroupsOf(pid_t pid, std::span<const char* const> directories) {
  PathBuffer path("/proc/");
  path.AppendNumber(static_cast<unsigned>(pid)).Append("/cgroup");
  SYS_ASSIGN_OR_RETURN(sys::Fd file, sys::OpenAt(AT_FDCWD, path.c_str(), O_RDONLY));
  char buffer[kMaxProcCgroup];
  SYS_ASSIGN_OR_RETURN(size_t size, sys::ReadFull(file.get(), buffer));
  for (const char* directory : directories) {
    if (!ListsCgroupOrBelow({buffer, size}, directory, sys::IsUnifiedCgroup(directory))) {
      return sys::Errno{ESRCH, "confirm cgroup"};
    }
  }
  return sys::Done{};
}

sys::Result MoveToCgroup(pid_t pid, const char* directory) {
  if (ConfirmCgroupsOf(pid, std::span(&directory, 1)).ok()) {
    return sys::Done{};
  }
  SYS_ASSIGN_OR_RETURN(sys::Fd cgroup, sys::OpenAt(AT_FDCWD, directory, O_PATH | O_DIRECTORY));
  return Move(pid, cgroup.get());
}

sys::Result MakeCgroup(const char* directory) {
  return sys::EnsureDirectory(AT_FDCWD, directory, 0755);
}

sys::Result RemoveCgroup(const char* directory, const char* parent) {
  constexpr int kTries = 4;
  sys::Result removed = sys::RemoveDirectory(AT_FDCWD, directory);
  for (int i = 0; i < kTries && !removed.ok() && removed.error().code == EBUSY; ++i) {
    SYS_ASSIGN_OR_RETURN(sys::Fd cgroup, sys::OpenAt(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY));
    SYS_RETURN_IF_ERROR(MoveProcesses(cgroup.get(), parent));
    removed = sys::RemoveDirectory(AT_FDCWD, directory);
  }
  return removed;
}

}  // namespace berth::shim
