// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "absl/status/status.h"

#include "base/sys/bpf.h"
#include "runtime/cgroup/devices.h"

namespace berth::runtime {

inline constexpr size_t kMaxDeviceRules = 1024;  // the verifier follows 8192 branches
inline constexpr size_t kMaxCachedFilters = 16;

// Pure: the program that enforces the rules. Each access bit (read, write, mknod) is decided by the
// last rule that matches the device and has the bit; what no rule allows is refused.
std::vector<sys::BpfInstruction> BuildDeviceFilter(const std::vector<DeviceRule>& rules);

// Puts the directory of a cgroup2 under these rules and no earlier ones. A program is loaded once
// and kept for the next cgroup with the same rules. Thread-safe. InvalidArgument for more than
// kMaxDeviceRules rules.
absl::Status AttachDeviceFilter(int cgroup, const std::vector<DeviceRule>& rules);

}  // namespace berth::runtime
