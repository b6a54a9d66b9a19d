// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/mount_stubs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "absl/strings/str_cat.h"

#include "base/path.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/removal.h"

namespace berth::imageservice {
namespace {

constexpr const char* kOwnPlaces[] = {
    "/dev", "/proc", "/sys", "/etc/hosts", "/etc/resolv.conf", "/etc/hostname"};

using PathSet = std::set<std::string>;

// Whether all in the directory are stubs.
absl::StatusOr<bool> HoldsOnly(const PathSet& stubs, int parent, const std::string& name,
                               const std::string& path) {
  ASSIGN_OR_RETURN(sys::DirectoryReader reader,
                   ToStatusOr(sys::DirectoryReader::Open(parent, name.c_str()), name));
  while (true) {
    ASSIGN_OR_RETURN(const dirent* entry, ToStatusOr(reader.Next(), name));
    if (entry == nullptr) {
      return true;
    }
    if (stubs.count(absl::StrCat(path, "/", entry->d_name)) == 0) {
      return false;
    }
  }
}

bool SameAttributes(const struct stat& a, const struct stat& b) {
  return a.st_mode == b.st_mode && a.st_uid == b.st_uid && a.st_gid == b.st_gid;
}

// Whether the path, relative to the upper directory, is a stub. What is not there is none.
absl::StatusOr<bool> IsStub(const MergedView& image, int upper, const std::string& path,
                            bool is_above, const PathSet& stubs) {
  const std::string parent =
      path.find('/') == std::string::npos ? "." : std::string(ParentPath(path));
  const std::string name(BaseName(path));
  const sys::ErrnoOr<sys::Fd> directory =
      sys::OpenBeneath(upper, parent.c_str(), O_RDONLY | O_DIRECTORY);
  if (!directory.ok()) {
    return false;
  }
  const sys::ErrnoOr<struct stat> info =
      sys::StatAt(directory->get(), name.c_str(), AT_SYMLINK_NOFOLLOW);
  if (!info.ok()) {
    return false;
  }
  ASSIGN_OR_RETURN(const MergedNode before, image.Find(path));
  const bool is_new = before.kind == MergedNode::Kind::kAbsent;
  if (S_ISDIR(info->st_mode)) {
    const bool unchanged = is_above && before.kind == MergedNode::Kind::kDirectory &&
                           SameAttributes(*info, before.info);
    return is_new || unchanged ? HoldsOnly(stubs, directory->get(), name, path) : false;
  }
  return is_new && !is_above && S_ISREG(info->st_mode) && info->st_size == 0;
}

}  // namespace

absl::StatusOr<PathSet> FindMountStubs(const MergedView& image, int upper,
                                       const std::vector<std::string>& targets) {
  std::vector<std::string> places = targets;
  places.insert(places.end(), std::begin(kOwnPlaces), std::end(kOwnPlaces));
  PathSet stubs;
  for (const std::string& place : places) {
    bool is_above = false;
    for (std::string path = CleanPath(place); path.size() > 1;
         path = std::string(ParentPath(path))) {
      ASSIGN_OR_RETURN(const bool is_stub, IsStub(image, upper, path.substr(1), is_above, stubs));
      if (is_stub) {
        stubs.insert(path.substr(1));
      }
      is_above = true;
    }
  }
  return stubs;
}

absl::Status RemoveMountStubs(const MergedView& image, const std::string& upper,
                              const std::vector<std::string>& targets) {
  ASSIGN_OR_RETURN(const sys::Fd fd,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, upper.c_str(), O_RDONLY | O_DIRECTORY), upper));
  ASSIGN_OR_RETURN(const PathSet stubs, FindMountStubs(image, fd.get(), targets));
  for (auto path = stubs.rbegin(); path != stubs.rend(); ++path) {
    RETURN_IF_ERROR(ToStatus(sys::RemoveTree(fd.get(), path->c_str()), *path));
  }
  return absl::OkStatus();
}

}  // namespace berth::imageservice
