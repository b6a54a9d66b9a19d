// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/control_writer.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/status.h"
#include "base/sys/fd.h"
#include "base/sys/file.h"
#include "runtime/cgroup/cgroup_directory.h"
#include "runtime/cgroup/control_file.h"

namespace berth::runtime {
namespace {

// These say that the value is none, or none here: values come from requests, as they are. EACCES is
// a set of CPUs or memory nodes that the parent does not have (v1).
absl::Status AboutValue(const absl::Status& status) {
  switch (ErrnoOf(status).value_or(0)) {
    case EINVAL:
    case ERANGE:
    case EOVERFLOW:
    case E2BIG:
    case EACCES:
      return absl::InvalidArgumentError(status.message());
    default:
      return status;
  }
}

absl::StatusOr<std::string> DirectoryOf(const CgroupHierarchies& hierarchies,
                                        const std::string& controller, const std::string& path) {
  const auto found = hierarchies.controllers.find(controller);
  if (found == hierarchies.controllers.end()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the node has no cgroup controller ", controller));
  }
  return found->second + path;
}

class ControlWriter {
 public:
  ControlWriter(const CgroupHierarchies& hierarchies, const std::string& path)
      : hierarchies_(hierarchies), path_(path) {}

  absl::Status Write(const CgroupWrite& write) {
    ASSIGN_OR_RETURN(const std::string directory,
                     DirectoryOf(hierarchies_, write.controller, path_));
    const std::string file = absl::StrCat(directory, "/", write.file);
    if (file != file_) {
      sys::ErrnoOr<sys::Fd> opened = Open(write.controller, file);
      if (!opened.ok() && opened.error().code == ENOENT) {
        return write.optional
                   ? absl::OkStatus()
                   : absl::InvalidArgumentError(absl::StrCat("there is no control ", file));
      }
      RETURN_IF_ERROR(ToStatus(opened, "open ", file));
      fd_ = *std::move(opened);
      file_ = file;
    }
    return ToStatus(sys::WriteAll(fd_.get(), write.value.data(), write.value.size()), "write ",
                    write.value, " to ", file);
  }

 private:
  sys::ErrnoOr<sys::Fd> Open(const std::string& controller, const std::string& file) const {
    sys::ErrnoOr<sys::Fd> opened = sys::OpenAt(AT_FDCWD, file.c_str(), O_WRONLY);
    const bool may_be_enabled = !opened.ok() && opened.error().code == ENOENT &&
                                hierarchies_.mode == CgroupMode::kHybrid &&
                                hierarchies_.IsUnified(controller);
    if (may_be_enabled && EnableControllers(hierarchies_.unified, path_, {controller}).ok()) {
      return sys::OpenAt(AT_FDCWD, file.c_str(), O_WRONLY);
    }
    return opened;
  }

  const CgroupHierarchies& hierarchies_;
  const std::string& path_;
  std::string file_;  // the one that `fd_` is of
  sys::Fd fd_;
};

}  // namespace

absl::Status WriteControls(const CgroupHierarchies& hierarchies, const std::string& path,
                           const std::vector<CgroupWrite>& writes) {
  ControlWriter writer(hierarchies, path);
  std::vector<const CgroupWrite*> refused;
  for (const CgroupWrite& write : writes) {
    const absl::Status status = writer.Write(write);
    if (ErrnoOf(status) == EINVAL) {
      refused.push_back(&write);
    } else {
      RETURN_IF_ERROR(AboutValue(status));
    }
  }
  for (const CgroupWrite* write : refused) {
    RETURN_IF_ERROR(AboutValue(writer.Write(*write)));
  }
  return absl::OkStatus();
}

std::vector<CgroupWrite> ReadControls(const CgroupHierarchies& hierarchies, const std::string& path,
                                      const std::vector<CgroupWrite>& writes) {
  std::vector<CgroupWrite> current;
  std::set<std::string> read;
  for (const CgroupWrite& write : writes) {
    const absl::StatusOr<std::string> directory = DirectoryOf(hierarchies, write.controller, path);
    if (!directory.ok() || !read.insert(write.file).second) {
      continue;
    }
    const absl::StatusOr<std::string> text =
        ReadControlFile(absl::StrCat(*directory, "/", write.file), kMaxControlFile);
    if (!text.ok()) {
      continue;
    }
    for (absl::string_view line : absl::StrSplit(absl::StripSuffix(*text, "\n"), '\n')) {
      // An empty set is written as an empty line: of no bytes the kernel takes no notice.
      current.push_back(
          {write.controller, write.file, line.empty() ? "\n" : std::string(line), write.optional});
    }
  }
  std::reverse(current.begin(), current.end());
  return current;
}

}  // namespace berth::runtime
