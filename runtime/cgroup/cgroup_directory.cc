// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/cgroup_directory.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"

#include "base/clock.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "runtime/cgroup/control_file.h"
#include "runtime/cgroup/process_list.h"

namespace berth::runtime {
namespace {

constexpr mode_t kDirectoryMode = 0755;
constexpr char kOursAttribute[] = "trusted.berth";
constexpr absl::Duration kFirstRetry = absl::Milliseconds(1);
constexpr absl::Duration kLastRetry = absl::Milliseconds(50);

absl::Status WriteFile(const std::string& directory, const char* file, absl::string_view value) {
  const std::string path = absl::StrCat(directory, "/", file);
  return ToStatus(sys::WriteControlFile(AT_FDCWD, path.c_str(), value.data(), value.size()),
                  "write ", value, " to ", path);
}

// A cpuset of v1 takes no process before it has CPUs and memory nodes.
absl::Status CopyDown(const std::string& mount_point, const std::string& path, const char* file) {
  if (path.empty() || path == "/") {
    return absl::OkStatus();
  }
  const std::string directory = mount_point + path;
  ASSIGN_OR_RETURN(const std::string own,
                   ReadControlFile(absl::StrCat(directory, "/", file), kMaxControlFile));
  if (!absl::StripAsciiWhitespace(own).empty()) {
    return absl::OkStatus();  // cgroup.clone_children, or another's work
  }
  const std::string parent(ParentPath(path));
  RETURN_IF_ERROR(CopyDown(mount_point, parent, file));
  ASSIGN_OR_RETURN(const std::string inherited,
                   ReadControlFile(absl::StrCat(mount_point, parent, "/", file), kMaxControlFile));
  return WriteFile(directory, file, absl::StripAsciiWhitespace(inherited));
}

// So that the children of a parent of ours get its CPUs from the kernel.
absl::Status PrepareParent(const std::string& directory, HierarchyKind kind) {
  ASSIGN_OR_RETURN(const sys::Fd opened,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, directory.c_str(), O_RDONLY | O_DIRECTORY),
                              "open ", directory));
  RETURN_IF_ERROR(
      ToStatus(sys::SetXattr(opened.get(), kOursAttribute, "1", 1), "mark ", directory));
  return kind == HierarchyKind::kV1Cpuset ? WriteFile(directory, "cgroup.clone_children", "1")
                                          : absl::OkStatus();
}

absl::StatusOr<bool> Ensure(const std::string& mount_point, const std::string& path,
                            HierarchyKind kind, bool parent) {
  const std::string directory = mount_point + path;
  sys::Result made = sys::MakeDirectory(AT_FDCWD, directory.c_str(), kDirectoryMode);
  if (!made.ok() && made.error().code == ENOENT && path.size() > 1) {
    RETURN_IF_ERROR(Ensure(mount_point, std::string(ParentPath(path)), kind, true).status());
    made = sys::MakeDirectory(AT_FDCWD, directory.c_str(), kDirectoryMode);
  }
  if (!made.ok() && made.error().code == EEXIST) {
    return false;
  }
  RETURN_IF_ERROR(ToStatus(made, "make ", directory));
  if (kind == HierarchyKind::kV1Cpuset) {
    RETURN_IF_ERROR(CopyDown(mount_point, path, "cpuset.cpus"));
    RETURN_IF_ERROR(CopyDown(mount_point, path, "cpuset.mems"));
  }
  if (parent) {
    RETURN_IF_ERROR(PrepareParent(directory, kind));
  }
  return true;
}

bool IsOurs(const std::string& directory) {
  const sys::ErrnoOr<sys::Fd> opened =
      sys::OpenAt(AT_FDCWD, directory.c_str(), O_RDONLY | O_DIRECTORY);
  std::array<char, 8> value = {};
  return opened.ok() && sys::GetXattr(opened->get(), kOursAttribute, value).ok();
}

// A process leaves its cgroup a moment after it can be waited for.
absl::Status RemoveWhenEmpty(const std::string& directory) {
  const absl::Time give_up = SteadyNow() + kRemoveGrace;
  for (absl::Duration pause = kFirstRetry;; pause = std::min(2 * pause, kLastRetry)) {
    const sys::Result removed = sys::RemoveDirectory(AT_FDCWD, directory.c_str());
    if (removed.ok() || removed.error().code != EBUSY || SteadyNow() > give_up) {
      return ToStatus(removed, "remove ", directory);
    }
    absl::SleepFor(pause);
  }
}

std::vector<std::string> Missing(absl::string_view present,
                                 const std::vector<std::string>& wanted) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(absl::StripAsciiWhitespace(present), ' ', absl::SkipEmpty());
  std::vector<std::string> missing;
  for (const std::string& word : wanted) {
    if (std::find(words.begin(), words.end(), word) == words.end()) {
      missing.push_back(word);
    }
  }
  return missing;
}

absl::Status EnableIn(const std::string& directory, const std::vector<std::string>& controllers) {
  ASSIGN_OR_RETURN(
      const std::string enabled,
      ReadControlFile(absl::StrCat(directory, "/cgroup.subtree_control"), kMaxControlFile));
  std::string line;
  for (const std::string& controller : Missing(enabled, controllers)) {
    absl::StrAppend(&line, line.empty() ? "+" : " +", controller);
  }
  return line.empty() ? absl::OkStatus() : WriteFile(directory, "cgroup.subtree_control", line);
}

}  // namespace

absl::StatusOr<bool> EnsureCgroupDirectory(const std::string& mount_point, const std::string& path,
                                           HierarchyKind kind) {
  // A parent may go, with its last child, between being found and getting its next child.
  constexpr int kAttempts = 5;
  absl::StatusOr<bool> made = false;
  for (int i = 0; i < kAttempts; ++i) {
    made = Ensure(mount_point, path, kind, /*parent=*/false);
    if (made.ok() || ErrnoOf(made.status()) != ENOENT) {
      return made;
    }
  }
  return made;
}

absl::Status RemoveCgroupDirectory(const std::string& mount_point, const std::string& path) {
  const std::string leaf = mount_point + path;
  if (!sys::RemoveDirectory(AT_FDCWD, leaf.c_str()).ok()) {
    std::vector<std::string> directories;
    RETURN_IF_ERROR(AppendDirectories(leaf, directories));
    for (auto it = directories.rbegin(); it != directories.rend(); ++it) {
      RETURN_IF_ERROR(RemoveWhenEmpty(*it));
    }
  }
  for (std::string parent(ParentPath(path)); parent.size() > 1;
       parent = std::string(ParentPath(parent))) {
    const std::string directory = mount_point + parent;
    if (!IsOurs(directory) || !sys::RemoveDirectory(AT_FDCWD, directory.c_str()).ok()) {
      break;
    }
  }
  return absl::OkStatus();
}

absl::Status EnableControllers(const std::string& mount_point, const std::string& path,
                               const std::vector<std::string>& controllers) {
  ASSIGN_OR_RETURN(
      const std::string here,
      ReadControlFile(absl::StrCat(mount_point, path, "/cgroup.controllers"), kMaxControlFile));
  if (Missing(here, controllers).empty()) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(
      const std::string root,
      ReadControlFile(absl::StrCat(mount_point, "/cgroup.controllers"), kMaxControlFile));
  std::vector<std::string> available = controllers;
  for (const std::string& absent : Missing(root, controllers)) {
    std::erase(available, absent);
  }
  std::string directory = mount_point;
  for (absl::string_view name : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    RETURN_IF_ERROR(EnableIn(directory, available));
    absl::StrAppend(&directory, "/", name);
  }
  return absl::OkStatus();
}

}  // namespace berth::runtime
