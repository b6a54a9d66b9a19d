// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/cgroup/resources.h"

namespace berth::runtime {

// Later rules override earlier ones; nothing is allowed that no rule allows.
struct DeviceRule {
  bool allow = false;
  char type = 'a';                     // a, b, c
  std::optional<uint32_t> major = {};  // unset: any
  std::optional<uint32_t> minor = {};
  std::string access = "rwm";
};

// Pure: the writes to devices.deny and devices.allow that put a new cgroup under exactly these
// rules.
std::vector<CgroupWrite> PlanDevicesV1(const std::vector<DeviceRule>& rules);

}  // namespace berth::runtime
