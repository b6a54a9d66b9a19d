// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/shared_memory.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>

#include <charconv>
#include <vector>

#include "base/sys/file.h"
#include "base/sys/namespace.h"

namespace berth::shim {
namespace {

// In the new mount namespace: everything but the tmpfs goes.
sys::Result LeaveOnlyTmpfs(uint64_t size, uint32_t owner, const char* label, const char* scratch) {
  SYS_ASSIGN_OR_RETURN(sys::Fd top, sys::OpenAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY));
  SYS_RETURN_IF_ERROR(sys::SetMountAttributes(top.get(), 0, 0, MS_PRIVATE, true));
  char digits[24] = {};
  std::to_chars(digits, digits + sizeof(digits) - 1, size);
  char id[12] = {};
  std::to_chars(id, id + sizeof(id) - 1, owner);
  std::vector<sys::MountOption> options = {{"mode", "1777"}, {"size", digits}};
  if (owner != 0) {
    options.insert(options.end(), {{"uid", id}, {"gid", id}});
  }
  if (label != nullptr) {
    options.push_back({"context", label});
  }
  constexpr uint64_t kAttributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  SYS_ASSIGN_OR_RETURN(sys::DetachedMount tmpfs, sys::NewMount("tmpfs", options, kAttributes));
  SYS_ASSIGN_OR_RETURN(sys::Fd place, sys::OpenAt(AT_FDCWD, scratch, O_PATH | O_DIRECTORY));
  SYS_RETURN_IF_ERROR(tmpfs.AttachAt(place.get()));
  return sys::PivotInto(tmpfs.fd());
}

}  // namespace

sys::ErrnoOr<sys::Fd> MakeSharedMemory(uint64_t size, uint32_t owner, const char* label,
                                       const char* scratch) {
  SYS_ASSIGN_OR_RETURN(sys::Fd before, sys::OpenOwnNamespace("mnt"));
  SYS_RETURN_IF_ERROR(sys::UnshareNamespaces(CLONE_NEWNS));
  sys::ErrnoOr<sys::Fd> made = sys::OpenOwnNamespace("mnt");
  sys::Result set_up = made.ok() ? LeaveOnlyTmpfs(size, owner, label, scratch) : made.error();
  SYS_RETURN_IF_ERROR(sys::EnterNamespaces(before.get(), CLONE_NEWNS));
  SYS_RETURN_IF_ERROR(set_up);
  return made;
}

sys::ErrnoOr<sys::DetachedMount> CloneSharedMemory(int shared_memory) {
  SYS_ASSIGN_OR_RETURN(sys::Fd own, sys::OpenOwnNamespace("mnt"));
  SYS_RETURN_IF_ERROR(sys::EnterNamespaces(shared_memory, CLONE_NEWNS));
  sys::ErrnoOr<sys::DetachedMount> clone = sys::CloneMount(AT_FDCWD, "/", false);
  SYS_RETURN_IF_ERROR(sys::EnterNamespaces(own.get(), CLONE_NEWNS));
  return clone;
}

}  // namespace berth::shim
