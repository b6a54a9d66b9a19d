// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/sysmacros.h>

#include <string>

#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/mount.h"
#include "runtime/shim/steps.h"

namespace berth::shim::steps {
namespace {

constexpr unsigned kNullMajor = 1;
constexpr unsigned kNullMinor = 3;
// Read-only: the node is the host's, and root in the container could change its mode. Writing to a
// device is not writing to its filesystem.
constexpr uint64_t kNullAttributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;

// The device is opened on the host's side: in the container its name may lead to another.
sys::Result OpenNullDevice(Launch& launch) {
  SYS_ASSIGN_OR_RETURN(sys::Fd null, sys::OpenAt(AT_FDCWD, "/dev/null", O_PATH));
  SYS_ASSIGN_OR_RETURN(struct stat info, sys::Stat(null.get()));
  if (!S_ISCHR(info.st_mode) || info.st_rdev != makedev(kNullMajor, kNullMinor)) {
    return sys::Errno{ENXIO, "open /dev/null"};
  }
  launch.null_device = std::move(null);
  return sys::Done{};
}

sys::Result MaskFile(Launch& launch, int target) {
  if (!launch.null_device.is_open()) {
    SYS_RETURN_IF_ERROR(OpenNullDevice(launch));
  }
  SYS_ASSIGN_OR_RETURN(sys::DetachedMount null,
                       sys::CloneMount(launch.null_device.get(), "", false));
  SYS_RETURN_IF_ERROR(null.SetAttributes(kNullAttributes, 0, MS_PRIVATE, false));
  return null.AttachAt(target);
}

// The first directory gets an empty tmpfs, all others clones of it.
sys::Result MaskDirectory(sys::DetachedMount& empty, int target) {
  if (empty.fd() >= 0) {
    sys::ErrnoOr<sys::DetachedMount> clone = sys::CloneMount(empty.fd(), "", false);
    return clone.ok() ? clone->AttachAt(target) : clone.error();
  }
  const sys::MountOption options[] = {{"size", "0"}, {"nr_inodes", "2"}, {"mode", "755"}};
  SYS_ASSIGN_OR_RETURN(sys::DetachedMount made, sys::NewMount("tmpfs", options, MOUNT_ATTR_RDONLY));
  SYS_RETURN_IF_ERROR(made.AttachAt(target));
  empty = std::move(made);
  return sys::Done{};
}

// Nothing, when there is no such path.
sys::ErrnoOr<sys::Fd> FindPath(const Launch& launch, const std::string& path) {
  sys::ErrnoOr<sys::Fd> found = sys::OpenInRoot(launch.root.get(), path.c_str(), O_PATH);
  bool absent = !found.ok() && (found.error().code == ENOENT || found.error().code == ENOTDIR);
  return absent ? sys::ErrnoOr<sys::Fd>(sys::Fd()) : std::move(found);
}

}  // namespace

sys::Result MaskPaths(Launch& launch) {
  const std::vector<std::string>& paths = launch.plan->masked_paths;
  sys::DetachedMount empty;
  for (launch.item = 0; launch.item < paths.size(); ++launch.item) {
    SYS_ASSIGN_OR_RETURN(sys::Fd target, FindPath(launch, paths[launch.item]));
    if (!target.is_open()) {
      continue;
    }
    SYS_ASSIGN_OR_RETURN(struct stat info, sys::Stat(target.get()));
    SYS_RETURN_IF_ERROR(S_ISDIR(info.st_mode) ? MaskDirectory(empty, target.get())
                                              : MaskFile(launch, target.get()));
  }
  return sys::Done{};
}

sys::Result MakePathsReadOnly(Launch& launch) {
  const std::vector<std::string>& paths = launch.plan->read_only_paths;
  for (launch.item = 0; launch.item < paths.size(); ++launch.item) {
    SYS_ASSIGN_OR_RETURN(sys::Fd target, FindPath(launch, paths[launch.item]));
    if (!target.is_open()) {
      continue;
    }
    SYS_ASSIGN_OR_RETURN(sys::DetachedMount again, sys::CloneMount(target.get(), "", true));
    SYS_RETURN_IF_ERROR(again.SetAttributes(MOUNT_ATTR_RDONLY, 0, 0, true));
    SYS_RETURN_IF_ERROR(again.AttachAt(target.get()));
  }
  return sys::Done{};
}

}  // namespace berth::shim::steps
