// SPDX-License-Identifier: Apache-2.0
#include "base/sys/mount.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <climits>
#include <cstring>

#include "base/sys/file.h"
#include "base/sys/inode.h"

#ifndef MNT_DETACH
#define MNT_DETACH 2  // of <sys/mount.h>, which cannot be included beside <linux/mount.h>
#endif
#ifndef UMOUNT_NOFOLLOW
#define UMOUNT_NOFOLLOW 8
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

// The options of an overlay as mount(2) takes them, in one page.
class OptionPage {
 public:
  void Add(const char* key, const char* value, char before) {
    Put(before);
    PutAll(key);
    for (; *value != '\0'; ++value) {
      if (*value == ':' || *value == ',' || *value == '\\') {
        Put('\\');
      }
      Put(*value);
    }
  }
  // A value with commas that the filesystem does not see.
  void AddQuoted(const char* key, const char* value, char before) {
    Put(before);
    for (const char* text : {key, "=\"", value, "\""}) {
      PutAll(text);
    }
  }
  bool full() const { return length_ + 1 >= sizeof(text_); }
  const char* c_str() const { return text_ + 1; }  // after the first separator

 private:
  void PutAll(const char* text) {
    for (; *text != '\0'; ++text) {
      Put(*text);
    }
  }
  void Put(char c) {
    if (!full()) {
      text_[length_++] = c;
    }
  }

  char text_[PATH_MAX] = {};
  size_t length_ = 0;
};

using DirectorySetter = Result (*)(int filesystem, const char* key, int directory);

Result SetDirectory(int filesystem, const char* key, int directory) {
  return ResultOf(syscall(SYS_fsconfig, filesystem, FSCONFIG_SET_FD, key, nullptr, directory),
                  "fsconfig");
}

Result SetDirectoryByName(int filesystem, const char* key, int directory) {
  char name[32] = "/proc/self/fd/";
  std::to_chars(name + strlen(name), name + sizeof(name) - 1, directory);
  return SetString(filesystem, key, name);
}

ErrnoOr<DetachedMount> FinishOverlay(int filesystem, bool is_volatile, const char* label) {
  if (is_volatile) {
    SYS_RETURN_IF_ERROR(Configure(filesystem, FSCONFIG_SET_FLAG, "volatile", nullptr));
  }
  if (label != nullptr) {
    SYS_RETURN_IF_ERROR(SetString(filesystem, "context", label));
  }
  return Finish(filesystem, 0);
}

ErrnoOr<DetachedMount> MakeOverlayOf(const OverlayDirectories& directories, DirectorySetter set) {
  SYS_ASSIGN_OR_RETURN(Fd filesystem, OpenFilesystem("overlay"));
  const int fd = filesystem.get();
  NameSource(fd, "overlay");
  for (const DetachedMount& layer : directories.lower) {
    SYS_RETURN_IF_ERROR(set(fd, "lowerdir+", layer.fd()));
  }
  if (directories.upper >= 0) {
    SYS_RETURN_IF_ERROR(set(fd, "upperdir", directories.upper));
    SYS_RETURN_IF_ERROR(set(fd, "workdir", directories.work));
  }
  return FinishOverlay(fd, directories.upper >= 0 && directories.is_volatile, directories.label);
}

ErrnoOr<DetachedMount> MakeOverlay(const OverlayLayout& layout) {
  SYS_ASSIGN_OR_RETURN(Fd filesystem, OpenFilesystem("overlay"));
  int fd = filesystem.get();
  NameSource(fd, "overlay");
  for (const char* directory : layout.lower) {
    SYS_RETURN_IF_ERROR(SetString(fd, "lowerdir+", directory));
  }
  if (layout.upper != nullptr) {
    SYS_RETURN_IF_ERROR(SetString(fd, "upperdir", layout.upper));
    SYS_RETURN_IF_ERROR(SetString(fd, "workdir", layout.work));
  }
  return FinishOverlay(fd, layout.upper != nullptr && layout.is_volatile, layout.label);
}

// fsconfig(2) takes at most 255 bytes, so where each layer cannot be an option of its own they go
// to mount(2), which attaches: over the topmost layer, for a moment.
ErrnoOr<DetachedMount> MakeOverlayByPage(const OverlayLayout& layout) {
  OptionPage options;
  for (const char* directory : layout.lower) {
    const bool first = directory == layout.lower.front();
    options.Add(first ? "lowerdir=" : "", directory, first ? ',' : ':');
  }
  if (layout.upper != nullptr) {
    options.Add("upperdir=", layout.upper, ',');
    options.Add("workdir=", layout.work, ',');
    if (layout.is_volatile) {
      options.Add("volatile", "", ',');
    }
  }
  if (layout.label != nullptr) {
    options.AddQuoted("context", layout.label, ',');
  }
  if (options.full()) {
    return Errno{E2BIG, "mount overlay"};
  }
  const char* place = layout.lower.front();
  SYS_RETURN_IF_ERROR(
      ResultOf(syscall(SYS_mount, "overlay", place, "overlay", 0, options.c_str()), "mount"));
  ErrnoOr<DetachedMount> overlay = CloneMount(AT_FDCWD, place, false);
  SYS_RETURN_IF_ERROR(ResultOf(syscall(SYS_umount2, place, MNT_DETACH), "umount2"));
  return overlay;
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

Result Unmount(const char* path) {
  return ResultOf(syscall(SYS_umount2, path, MNT_DETACH | UMOUNT_NOFOLLOW), "umount2");
}

ErrnoOr<DetachedMount> NewMount(const char* type, std::span<const MountOption> options,
                                uint64_t attributes) {
  SYS_ASSIGN_OR_RETURN(Fd filesystem, OpenFilesystem(type));
  for (const MountOption& option : options) {
    bool flag = option.value == nullptr;
    SYS_RETURN_IF_ERROR(Configure(filesystem.get(), flag ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING,
                                  option.key, option.value));
  }
  NameSource(filesystem.get(), type);  // refused when the options named one
  return Finish(filesystem.get(), attributes);
}

ErrnoOr<DetachedMount> NewOverlay(const OverlayLayout& layout) {
  ErrnoOr<DetachedMount> overlay = MakeOverlay(layout);
  if (!overlay.ok() && overlay.error().code == EINVAL && !layout.lower.empty()) {
    return MakeOverlayByPage(layout);  // until Linux 6.8 is the oldest supported
  }
  return overlay;
}

bool ForgetVolatileMount(const char* work) {
  const ErrnoOr<Fd> directory = OpenAt(AT_FDCWD, work, O_PATH | O_DIRECTORY);
  return directory.ok() && RemoveFile(directory->get(), "work/incompat/volatile/dirty").ok() &&
         RemoveDirectory(directory->get(), "work/incompat/volatile").ok();
}

ErrnoOr<DetachedMount> NewOverlayOf(const OverlayDirectories& directories) {
  return MakeOverlayOf(directories, SetDirectory);
}

ErrnoOr<DetachedMount> NewOverlayOfAttached(const OverlayDirectories& directories) {
  return MakeOverlayOf(directories, SetDirectoryByName);
}

Result CheckOverlaysOfAttached() {
  SYS_ASSIGN_OR_RETURN(Fd filesystem, OpenFilesystem("overlay"));
  return SetString(filesystem.get(), "lowerdir+", "/");
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

Result DetachMounts(const char* path) {
  if (syscall(SYS_umount2, path, MNT_DETACH) != 0 && errno != EINVAL) {
    return Errno::Last("umount2");
  }
  return Done{};
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
