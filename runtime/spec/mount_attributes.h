// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// The kernel's numbers for what a MountPlan says: MOUNT_ATTR_* of linux/mount.h and MS_* of
// sys/mount.h, which the planner must not include.
namespace berth::runtime {

inline constexpr uint64_t kMountReadOnly = 0x1;
inline constexpr uint64_t kMountNoSuid = 0x2;
inline constexpr uint64_t kMountNoDev = 0x4;
inline constexpr uint64_t kMountNoExec = 0x8;

inline constexpr uint64_t kPropagationPrivate = 1 << 18;
inline constexpr uint64_t kPropagationSlave = 1 << 19;
inline constexpr uint64_t kPropagationShared = 1 << 20;

}  // namespace berth::runtime
