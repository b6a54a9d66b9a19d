// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/own_filesystems.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/sys/inode.h"

namespace berth::shim {

sys::Result OwnFilesystems::Add(int mount, std::string_view destination) {
  SYS_ASSIGN_OR_RETURN(struct stat info, sys::Stat(mount));
  all_.push_back({info.st_dev, destination});
  return sys::Done{};
}

const OwnFilesystems::Own* OwnFilesystems::Find(dev_t device) const {
  auto found = std::find_if(all_.begin(), all_.end(),
                            [device](const Own& own) { return own.device == device; });
  return found == all_.end() ? nullptr : &*found;
}

sys::Result OwnFilesystems::CheckTarget(int target, std::string_view path) const {
  SYS_ASSIGN_OR_RETURN(struct stat info, sys::Stat(target));
  const Own* own = Find(info.st_dev);
  if (own != nullptr && !IsAtOrBelow(path, own->destination)) {
    return sys::Errno{EXDEV, "mount"};
  }
  return sys::Done{};
}

sys::Result OwnFilesystems::CheckParent(int parent, std::string_view path, int root) const {
  SYS_RETURN_IF_ERROR(CheckTarget(parent, path));
  SYS_ASSIGN_OR_RETURN(struct stat info, sys::Stat(parent));
  SYS_ASSIGN_OR_RETURN(struct stat root_info, sys::Stat(root));
  if (info.st_dev != root_info.st_dev && Find(info.st_dev) == nullptr) {
    return sys::Errno{EXDEV, "make node"};
  }
  return sys::Done{};
}

bool IsAtOrBelow(std::string_view path, std::string_view destination) {
  return path.starts_with(destination) &&
         (path.size() == destination.size() || path[destination.size()] == '/');
}

}  // namespace berth::shim
