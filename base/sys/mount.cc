// SPDX-License-Identifier: Apache-2.0
#include "base/sys/mount.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <cstring>

#ifndef MNT_DETACH
#define MNT_DETACH 2  // of <sys/mount.h>, which cannot be included beside <linux/mount.h>
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

namespace berth::sys {
namespace {

ErrnoOr<Fd> OpenFilesystem(const char* type) {
  long fd = syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
  if (fd < 0) {
    return Errno::Last("fsopen");
  }
  return Fd(static_cast<int>(fd));
}

Result Configure(int filesystem, unsigned command, const char* key, const char* value) {
  return ResultOf(syscall(SYS_fsconfig, filesystem, command, key, value, 0), "fsconfig");
}

Result SetString(int filesystem, const char* key, const char* value) {
  return Configure(filesystem, FSCONFIG_SET_STRING, key, value);
}

// What mount tables show as the device of a filesystem that has none. Those that know no source
// have the kernel's default.
void NameSource(int filesystem, const char* type) {
  (void)SetString(filesystem, "source", type);
}

ErrnoOr<DetachedMount> Finish(int filesystem, uint64_t attributes) {
  SYS_RETURN_IF_ERROR(Configure(filesystem, FSCONFIG_CMD_CREATE, nullptr, nullptr));
  long fd = syscall(SYS_fsmount, filesystem, FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes));
  if (fd < 0) {
    return Errno::Last("fsmount");
  }
  return DetachedMount(Fd(static_cast<int>(fd)));
}

// "lowerdir" as one string: directories divided by colons, with colons and backslashes escaped.
Result SetJoinedLower(int filesystem, std::span<const char* const> lower) {
  char joined[PATH_MAX];
  size_t length = 0;
  for (const char* directory : lower) {
    if (length > 0) {
      joined[length++] = ':';
    }
    for (const char* c = directory; *c != '\0'; ++c) {
      if (length + 3 >= sizeof(joined)) {
        return Errno{E2BIG, "lowerdir"};
      }
      if (*c == ':' || *c == '\\') {
        joined[length++] = '\\';
      }
      joined[length++] = *c;
    }
  }
  joined[length] = '\0';
  return SetString(filesystem, "lowerdir", joined);
}

Result AppendLower(int filesystem, std::span<const char* const> lower) {
  for (const char* directory : lower) {
    SYS_RETURN_IF_ERROR(SetString(filesystem, "lowerdir+", directory));
  }
  return Done{};
}

Result SetDirectory(int filesystem, const char* key, int directory) {
  return ResultOf(syscall(SYS_fsconfig, filesystem, FSCONFIG_SET_FD, key, nullptr, directory),
                  "fsconfig");
}

ErrnoOr<DetachedMount> MakeOverlay(const OverlayLayout& layout,
                                   Result (*set_lower)(int, std::span<const char* const>)) {
  SYS_ASSIGN_OR_RETURN(Fd filesystem, OpenFilesystem("overlay"));
  int fd = filesystem.get();
  NameSource(fd, "overlay");
  SYS_RETURN_IF_ERROR(set_lower(fd, layout.lower));
  if (layout.upper != nullptr) {
    SYS_RETURN_IF_ERROR(SetString(fd, "upperdir", layout.upper));
    SYS_RETURN_IF_ERROR(SetString(fd, "workdir", layout.work));
    if (layout.is_volatile) {
      SYS_RETURN_IF_ERROR(Configure(fd, FSCONFIG_SET_FLAG, "volatile", nullptr));
    }
  }
  return Finish(fd, 0);
}

}  // namespace

Result DetachedMount::AttachAt(int target) const {
  constexpr unsigned kFlags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
  return ResultOf(syscall(SYS_move_mount, mount_.get(), "", target, "", kFlags), "move_mount");
}

Result DetachedMount::SetAttributes(uint64_t set, uint64_t clear, uint64_t propagation,
                                    bool recursive) const {
  return SetMountAttributes(mount_.get(), set, clear, propagation, recursive);
}

Result DetachedMount::MapIds(int user_namespace, bool recursive) const {
  mount_attr attributes = {};
  attributes.attr_set = MOUNT_ATTR_IDMAP;
  attributes.userns_fd = static_cast<uint64_t>(user_namespace);
  const unsigned flags =
      static_cast<unsigned>(AT_EMPTY_PATH) | (recursive ? static_cast<unsigned>(AT_RECURSIVE) : 0U);
  return ResultOf(
      syscall(SYS_mount_setattr, mount_.get(), "", flags, &attributes, sizeof(attributes)),
      "mount_setattr");
}

ErrnoOr<DetachedMount> NewMount(const char* type, std::span<const MountOption> options,
                                uint64_t attributes) {
  SYS_ASSIGN_OR_RETURN(Fd filesystem, OpenFilesystem(type));
  NameSource(filesystem.get(), type);
  for (const MountOption& option : options) {
    bool flag = option.value == nullptr;
    SYS_RETURN_IF_ERROR(Configure(filesystem.get(), flag ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING,
                                  option.key, option.value));
  }
  return Finish(filesystem.get(), attributes);
}

ErrnoOr<DetachedMount> NewOverlay(const OverlayLayout& layout) {
  ErrnoOr<DetachedMount> overlay = MakeOverlay(layout, AppendLower);
  if (!overlay.ok() && overlay.error().code == EINVAL) {
    return MakeOverlay(layout, SetJoinedLower);  // fallback until Linux 6.8 is the oldest supported
  }
  return overlay;
}

ErrnoOr<DetachedMount> NewOverlayOf(const OverlayDirectories& directories) {
  SYS_ASSIGN_OR_RETURN(Fd filesystem, OpenFilesystem("overlay"));
  const int fd = filesystem.get();
  NameSource(fd, "overlay");
  for (const DetachedMount& layer : directories.lower) {
    SYS_RETURN_IF_ERROR(SetDirectory(fd, "lowerdir+", layer.fd()));
  }
  if (directories.upper >= 0) {
    SYS_RETURN_IF_ERROR(SetDirectory(fd, "upperdir", directories.upper));
    SYS_RETURN_IF_ERROR(SetDirectory(fd, "workdir", directories.work));
    if (directories.is_volatile) {
      SYS_RETURN_IF_ERROR(Configure(fd, FSCONFIG_SET_FLAG, "volatile", nullptr));
    }
  }
  return Finish(fd, 0);
}

ErrnoOr<DetachedMount> CloneMount(int dir, const char* path, bool recursive) {
  unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
  flags |= *path == '\0' ? static_cast<unsigned>(AT_EMPTY_PATH) : 0U;
  flags |= recursive ? static_cast<unsigned>(AT_RECURSIVE) : 0U;
  long fd = syscall(SYS_open_tree, dir, path, flags);
  if (fd < 0) {
    return Errno::Last("open_tree");
  }
  return DetachedMount(Fd(static_cast<int>(fd)));
}

Result SetMountAttributes(int mount, uint64_t set, uint64_t clear, uint64_t propagation,
                          bool recursive) {
  mount_attr attributes = {};
  attributes.attr_set = set;
  attributes.attr_clr = clear;
  attributes.propagation = propagation;
  unsigned flags =
      static_cast<unsigned>(AT_EMPTY_PATH) | (recursive ? static_cast<unsigned>(AT_RECURSIVE) : 0U);
  return ResultOf(syscall(SYS_mount_setattr, mount, "", flags, &attributes, sizeof(attributes)),
                  "mount_setattr");
}

Result PivotInto(int root) {
  SYS_RETURN_IF_ERROR(ResultOf(fchdir(root), "fchdir"));
  // The old root ends up mounted over the new one, where "." finds it.
  SYS_RETURN_IF_ERROR(ResultOf(syscall(SYS_pivot_root, ".", "."), "pivot_root"));
  if (syscall(SYS_umount2, ".", MNT_DETACH) != 0) {
    return Errno::Last("umount2");
  }
  return ResultOf(chdir("/"), "chdir");
}

}  // namespace berth::sys
