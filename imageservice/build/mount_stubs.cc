// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/mount_stubs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"

namespace berth::imageservice {
namespace {

constexpr const char* kOwnPlaces[] = {
    "/dev", "/proc", "/sys", "/etc/hosts", "/etc/resolv.conf", "/etc/hostname"};

absl::StatusOr<bool> IsEmpty(int parent, const std::string& name) {
  ASSIGN_OR_RETURN(sys::DirectoryReader reader,
                   ToStatusOr(sys::DirectoryReader::Open(parent, name.c_str()), name));
  ASSIGN_OR_RETURN(const dirent* entry, ToStatusOr(reader.Next(), name));
  return entry == nullptr;
}

bool SameAttributes(const struct stat& a, const struct stat& b) {
  return a.st_mode == b.st_mode && a.st_uid == b.st_uid && a.st_gid == b.st_gid;
}

// Removes the place from the upper directory if it is a stub. Nothing there is fine.
absl::Status RemoveStub(const MergedView& image, int upper, const std::string& path,
                        bool is_above) {
  const std::string parent =
      ParentPath(path) == "/" ? "." : std::string(ParentPath(path)).substr(1);
  const std::string name(BaseName(path));
  const sys::ErrnoOr<sys::Fd> directory =
      sys::OpenBeneath(upper, parent.c_str(), O_RDONLY | O_DIRECTORY);
  if (!directory.ok()) {
    return absl::OkStatus();
  }
  const sys::ErrnoOr<struct stat> info =
      sys::StatAt(directory->get(), name.c_str(), AT_SYMLINK_NOFOLLOW);
  if (!info.ok()) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const MergedNode before, image.Find(path));
  const bool is_new = before.kind == MergedNode::Kind::kAbsent;
  if (S_ISDIR(info->st_mode)) {
    const bool unchanged = is_above && before.kind == MergedNode::Kind::kDirectory &&
                           SameAttributes(*info, before.info);
    ASSIGN_OR_RETURN(const bool empty, IsEmpty(directory->get(), name));
    return empty && (is_new || unchanged)
               ? ToStatus(sys::RemoveDirectory(directory->get(), name.c_str()), path)
               : absl::OkStatus();
  }
  return is_new && !is_above && S_ISREG(info->st_mode) && info->st_size == 0
             ? ToStatus(sys::RemoveFile(directory->get(), name.c_str()), path)
             : absl::OkStatus();
}

}  // namespace

absl::Status RemoveMountStubs(const MergedView& image, const std::string& upper,
                              const std::vector<std::string>& targets) {
  ASSIGN_OR_RETURN(const sys::Fd fd,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, upper.c_str(), O_RDONLY | O_DIRECTORY), upper));
  std::vector<std::string> places = targets;
  places.insert(places.end(), std::begin(kOwnPlaces), std::end(kOwnPlaces));
  for (const std::string& place : places) {
    bool is_above = false;
    for (std::string path = place; path.size() > 1; path = std::string(ParentPath(path))) {
      RETURN_IF_ERROR(RemoveStub(image, fd.get(), path, is_above));
      is_above = true;
    }
  }
  return absl::OkStatus();
}

}  // namespace berth::imageservice
