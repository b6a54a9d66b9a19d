// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <charconv>

#include "base/sys/cgroup.h"
#include "base/sys/file.h"
#include "runtime/shim/path_buffer.h"

namespace berth::shim {
namespace {

constexpr size_t kMaxOomFile = 1024;

uint64_t FilesystemOf(int fd) {
  struct statfs filesystem = {};
  return fstatfs(fd, &filesystem) == 0 ? static_cast<uint64_t>(filesystem.f_type) : 0;
}

sys::ErrnoOr<sys::Fd> OpenBelow(const char* directory, const char* file, int flags) {
  PathBuffer path(directory);
  path.Append("/").Append(file);
  if (path.full()) {
    return sys::Errno{ENAMETOOLONG, "openat"};
  }
  return sys::OpenAt(AT_FDCWD, path.c_str(), flags);
}

sys::Result JoinOne(const char* directory) {
  if (sys::IsUnifiedCgroup(directory)) {
    return sys::Done{};
  }
  SYS_ASSIGN_OR_RETURN(sys::Fd file, OpenBelow(directory, "tasks", O_WRONLY));
  if (FilesystemOf(file.get()) != CGROUP_SUPER_MAGIC) {
    return sys::Errno{EINVAL, "join cgroup"};
  }
  return sys::WriteAll(file.get(), "0", 1);
}

bool HasFile(const char* directory, const char* file) {
  return OpenBelow(directory, file, O_PATH).ok();
}

// Whether `matches` one of the cgroups of a /proc/<pid>/cgroup, whose lines are
// hierarchy:controllers:/path, with 0 for the unified hierarchy.
template <typename Predicate>
bool AnyCgroup(std::string_view text, Predicate matches) {
  while (!text.empty()) {
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    size_t colon = line.find(":/");
    if (colon != std::string_view::npos && matches(line.substr(colon + 1), line[0] == '0')) {
      return true;
    }
  }
  return false;
}

// Where the hierarchy is mounted is not known here, but what follows it must be the cgroup's path.
bool Names(std::string_view directory, std::string_view cgroup) {
  return cgroup.size() > 1 && directory.ends_with(cgroup);
}

}  // namespace

size_t FindKillDirectory(std::span<const char* const> directories) {
  for (size_t i = 0; i < directories.size(); ++i) {
    if (sys::IsUnifiedCgroup(directories[i])) {
      return i;
    }
  }
  for (size_t i = 0; i < directories.size(); ++i) {
    if (HasFile(directories[i], "pids.current")) {
      return i;
    }
  }
  return 0;
}

sys::Result JoinCgroups(std::span<const char* const> directories) {
  for (const char* directory : directories) {
    SYS_RETURN_IF_ERROR(JoinOne(directory));
  }
  return sys::Done{};
}

sys::Result ConfirmCgroups(std::span<const char* const> directories) {
  if (directories.empty()) {
    return sys::Done{};
  }
  SYS_ASSIGN_OR_RETURN(sys::Fd file, sys::OpenAt(AT_FDCWD, "/proc/self/cgroup", O_RDONLY));
  char buffer[kMaxProcCgroup];
  SYS_ASSIGN_OR_RETURN(size_t size, sys::ReadFull(file.get(), buffer));
  for (const char* directory : directories) {
    if (!ListsCgroup({buffer, size}, directory, sys::IsUnifiedCgroup(directory))) {
      return sys::Errno{ESRCH, "confirm cgroup"};
    }
  }
  return sys::Done{};
}

bool ListsCgroup(std::string_view proc_text, std::string_view directory, bool unified) {
  return AnyCgroup(proc_text, [=](std::string_view cgroup, bool is_unified) {
    return is_unified == unified && Names(directory, cgroup);
  });
}

bool ListsCgroupOrBelow(std::string_view proc_text, std::string_view directory, bool unified) {
  return AnyCgroup(proc_text, [=](std::string_view cgroup, bool is_unified) {
    if (is_unified != unified) {
      return false;
    }
    while (!cgroup.empty() && !Names(directory, cgroup)) {
      cgroup = cgroup.substr(0, cgroup.rfind('/'));
    }
    return !cgroup.empty();
  });
}

uint64_t ReadOomKills(const char* file) {
  sys::ErrnoOr<sys::Fd> opened = sys::OpenAt(AT_FDCWD, file, O_RDONLY);
  char buffer[kMaxOomFile];
  if (!opened.ok()) {
    return 0;
  }
  sys::ErrnoOr<size_t> size = sys::ReadFull(opened->get(), buffer);
  return size.ok() ? ParseOomKills({buffer, *size}) : 0;
}

uint64_t ParseOomKills(std::string_view text) {
  constexpr std::string_view kKey = "oom_kill ";
  size_t found = text.starts_with(kKey) ? 0 : text.find("\noom_kill ");
  if (found == std::string_view::npos) {
    return 0;
  }
  text.remove_prefix(found + kKey.size() + (found == 0 ? 0 : 1));
  uint64_t kills = 0;
  std::from_chars(text.data(), text.data() + text.size(), kills);
  return kills;
}

}  // namespace berth::shim
