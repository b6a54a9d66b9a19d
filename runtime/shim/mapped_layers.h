// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/sys/errno_or.h"
#include "base/sys/mount.h"

// Directories of images and snapshots as a user namespace sees them: what belongs to 0 on disk is
// its root's, and what its root makes belongs to 0 on disk.
namespace berth::shim {

// A mount of that directory alone.
sys::ErrnoOr<sys::DetachedMount> CloneMapped(const std::string& path, int user_namespace);

// An overlay of mapped layers, topmost first. `upper` and `work` are on one mount; empty for a
// read-only overlay. The caller's new files must belong to an id that is mapped. Before Linux 6.15
// the layers are attached over `place` in the caller's mount namespace, and stay there.
struct MappedLayers {
  const char* place;
  const std::vector<std::string>& lower;
  std::string upper = {};
  std::string work = {};
  bool is_volatile = true;
  const char* label = nullptr;  // SELinux context; null: none
};
sys::ErrnoOr<sys::DetachedMount> NewMappedOverlay(const MappedLayers& layers, int user_namespace);

}  // namespace berth::shim
