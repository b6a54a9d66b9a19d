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

sys::ErrnoOr<OwnFilesystems::Reached> OwnFilesystems::Reach(int place,
                                                            std::string_view path) const {
  SYS_ASSIGN_OR_RETURN(struct stat info, sys::Stat(place));
  auto own = std::find_if(all_.begin(), all_.end(),
                          [&info](const Own& each) { return each.device == info.st_dev; });
  if (own != all_.end() && !IsAtOrBelow(path, own->destination)) {
    return sys::Errno{EXDEV, "reach"};
  }
  return Reached{info.st_dev, own != all_.end()};
}

sys::Result OwnFilesystems::CheckTarget(int target, std::string_view path) const {
  SYS_RETURN_IF_ERROR(Reach(target, path));
  return sys::Done{};
}

sys::Result OwnFilesystems::CheckParent(int parent, std::string_view path, int root) const {
  SYS_ASSIGN_OR_RETURN(const Reached reached, Reach(parent, path));
  SYS_ASSIGN_OR_RETURN(struct stat root_info, sys::Stat(root));
  if (!reached.own && reached.device != root_info.st_dev) {
    return sys::Errno{EXDEV, "make node"};
  }
  return sys::Done{};
}

bool IsAtOrBelow(std::string_view path, std::string_view destination) {
  return path.starts_with(destination) &&
         (path.size() == destination.size() || path[destination.size()] == '/');
}

}  // namespace berth::shim
