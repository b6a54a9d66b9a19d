// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/sys/errno_or.h"
#include "base/sys/fd.h"

// The mount API by descriptor (fsopen, fsmount, open_tree, mount_setattr, move_mount; Linux 5.12).
// Nothing here looks at a path of a container: destinations are descriptors.
namespace berth::sys {

// A mount that no path sees yet. Dropping it makes the kernel drop the mount, so neither an early
// return nor a SIGKILL leaves anything in a mount table.
class DetachedMount {
 public:
  DetachedMount() = default;
  explicit DetachedMount(Fd mount) : mount_(std::move(mount)) {}

  int fd() const { return mount_.get(); }

  // Attaches on top of what `target` (any descriptor of a directory or file) refers to.
  Result AttachAt(int target) const;

  // mount_setattr(2): `set` and `clear` are MOUNT_ATTR_* bits, `propagation` MS_PRIVATE, MS_SLAVE,
  // MS_SHARED or 0 to leave it; `recursive` applies to every mount of the tree.
  Result SetAttributes(uint64_t set, uint64_t clear, uint64_t propagation, bool recursive) const;

  // Ids that are 0… on disk are seen as those to which the user namespace maps 0…, and the other
  // way round (MOUNT_ATTR_IDMAP). EINVAL for a filesystem that cannot, EPERM when it is done.
  Result MapIds(int user_namespace, bool recursive) const;

 private:
  Fd mount_;
};

// Takes away the topmost mount at `path`, a path of the host that is no symlink; who has it open
// keeps what is open. EINVAL when nothing is mounted there.
Result Unmount(const char* path);

struct MountOption {
  const char* key;
  const char* value;  // null for a flag
};

// Makes a new filesystem of `type` with the options ("source" is its device), mounted with the
// MOUNT_ATTR_* `attributes`.
ErrnoOr<DetachedMount> NewMount(const char* type, std::span<const MountOption> options,
                                uint64_t attributes);

// Layers from the topmost to the lowest. `upper` and `work` are null for a read-only overlay.
struct OverlayLayout {
  std::span<const char* const> lower;
  const char* upper = nullptr;
  const char* work = nullptr;
  bool is_volatile =
      true;  // no sync of the upper at unmount; container file systems are disposable
  const char* label = nullptr;  // SELinux context of all that is in it; null: none
};
// Before Linux 6.8 all paths together, with what escapes their colons and commas, have to fit in a
// page (E2BIG), and the caller's mount namespace is used: it must be one of its own.
ErrnoOr<DetachedMount> NewOverlay(const OverlayLayout& layout);

// The kernel marks what was mounted volatile and refuses it from then on (EINVAL). Takes the mark
// away; true when there is none now. `work` is a path of the host.
bool ForgetVolatileMount(const char* work);

// The same by descriptors of directories, which may be in mounts with mapped ids.
struct OverlayDirectories {
  std::span<const DetachedMount> lower;
  int upper = -1;  // -1: read-only
  int work = -1;
  bool is_volatile = true;
  const char* label = nullptr;
};
// Where their mounts are attached nowhere: Linux 6.15, else EINVAL or EBADF.
ErrnoOr<DetachedMount> NewOverlayOf(const OverlayDirectories& directories);
// Where they are attached in the caller's mount namespace, which has /proc: Linux 6.7, else EINVAL.
ErrnoOr<DetachedMount> NewOverlayOfAttached(const OverlayDirectories& directories);
// EINVAL where NewOverlayOfAttached cannot work.
Result CheckOverlaysOfAttached();

// Clones the mount at `path` below `dir` (a bind mount); `recursive` takes the mounts below it too.
// `path` may be empty to clone what `dir` itself refers to.
ErrnoOr<DetachedMount> CloneMount(int dir, const char* path, bool recursive);

// mount_setattr(2) on an attached mount, by a descriptor inside its root.
Result SetMountAttributes(int mount, uint64_t set, uint64_t clear, uint64_t propagation,
                          bool recursive);

// Detaches the mount at `path` and all below it from the calling process's mount namespace. What is
// no mount point is success.
Result DetachMounts(const char* path);

// Makes `root` the root of the calling process's mount namespace and drops the old one.
Result PivotInto(int root);

}  // namespace berth::sys
