// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/devices.h"

#include "absl/strings/str_cat.h"

namespace berth::runtime {
namespace {

std::string Number(std::optional<uint32_t> number) {
  return number.has_value() ? absl::StrCat(*number) : "*";
}

bool IsEverything(const DeviceRule& rule) {
  return rule.type == 'a';
}

std::string Line(const DeviceRule& rule) {
  return absl::StrCat(std::string(1, rule.type), " ", Number(rule.major), ":", Number(rule.minor),
                      " ", rule.access);
}

}  // namespace

std::vector<CgroupWrite> PlanDevicesV1(const std::vector<DeviceRule>& rules) {
  std::vector<CgroupWrite> writes;
  const bool starts_closed = rules.empty() || !IsEverything(rules.front());
  if (starts_closed) {
    writes.push_back({"devices", "devices.deny", "a"});  // a new cgroup has its parent's list
  }
  for (const DeviceRule& rule : rules) {
    const std::string file = rule.allow ? "devices.allow" : "devices.deny";
    writes.push_back({"devices", file, IsEverything(rule) ? "a" : Line(rule)});
  }
  return writes;
}

}  // namespace berth::runtime
