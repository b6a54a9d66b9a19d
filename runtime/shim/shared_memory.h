// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/sys/errno_or.h"
#include "base/sys/fd.h"
#include "base/sys/mount.h"

// A pod's /dev/shm: one tmpfs that all of its containers mount, and that no mount table of the host
// shows. It lives in a mount namespace of its own, which a descriptor keeps.
namespace berth::shim {

// `owner` is the user and group of its root, `label` its SELinux context (null: none). `scratch` is
// a directory to mount on. Back in its own mount namespace, the calling process has its working
// directory at "/".
sys::ErrnoOr<sys::Fd> MakeSharedMemory(uint64_t size, uint32_t owner, const char* label,
                                       const char* scratch);

// A mount of it, to attach in the calling process's mount namespace, to which it returns.
sys::ErrnoOr<sys::DetachedMount> CloneSharedMemory(int shared_memory);

}  // namespace berth::shim
