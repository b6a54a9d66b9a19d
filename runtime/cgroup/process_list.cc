// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/process_list.h"

#include <dirent.h>
#include <fcntl.h>

#include <cerrno>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/status.h"
#include "base/sys/directory.h"
#include "runtime/cgroup/control_file.h"

namespace berth::runtime {
namespace {

constexpr size_t kMaxProcessList = 64 << 20;  // the kernel's own bound is four million processes

bool IsGone(const sys::Errno& error) {
  return error.code == ENOENT || error.code == ENODEV;
}

absl::Status AppendBelow(const std::string& directory, int depth,
                         std::vector<std::string>& directories) {
  if (depth > kMaxCgroupDepth) {
    return absl::ResourceExhaustedError(
        absl::StrCat("cgroups are nested deeper than ", kMaxCgroupDepth, ": ", directory));
  }
  sys::ErrnoOr<sys::DirectoryReader> reader =
      sys::DirectoryReader::Open(AT_FDCWD, directory.c_str());
  if (!reader.ok() && IsGone(reader.error())) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(ToStatus(reader, "open ", directory));
  directories.push_back(directory);
  std::vector<std::string> children;
  for (;;) {
    const sys::ErrnoOr<const dirent*> entry = reader->Next();
    RETURN_IF_ERROR(ToStatus(entry, "list ", directory));
    if (*entry == nullptr) {
      break;
    }
    if ((*entry)->d_type == DT_DIR) {
      children.push_back(absl::StrCat(directory, "/", (*entry)->d_name));
    }
  }
  reader = sys::Errno{};  // closed before going deeper
  for (const std::string& child : children) {
    RETURN_IF_ERROR(AppendBelow(child, depth + 1, directories));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status AppendDirectories(const std::string& directory,
                               std::vector<std::string>& directories) {
  return AppendBelow(directory, 0, directories);
}

absl::Status AppendProcesses(const std::string& directory, std::vector<int>& processes) {
  std::vector<std::string> directories;
  RETURN_IF_ERROR(AppendDirectories(directory, directories));
  for (const std::string& one : directories) {
    const absl::StatusOr<std::string> text =
        ReadControlFile(absl::StrCat(one, "/cgroup.procs"), kMaxProcessList);
    if (absl::IsNotFound(text.status()) || ErrnoOf(text.status()) == EOPNOTSUPP) {
      continue;  // removed meanwhile; or a threaded cgroup, whose processes its parent lists
    }
    RETURN_IF_ERROR(text.status());
    ParseProcesses(*text, processes);
  }
  return absl::OkStatus();
}

void ParseProcesses(absl::string_view text, std::vector<int>& processes) {
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    int pid = 0;
    if (absl::SimpleAtoi(line, &pid) && pid > 0) {
      processes.push_back(pid);
    }
  }
}

}  // namespace berth::runtime
