// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "runtime/plan/launch_plan.h"

namespace berth::runtime {

inline constexpr size_t kMaxSysctlName = 256;
inline constexpr size_t kMaxSysctlValue = 4096;

// The path below /proc/sys of a name with dots or with slashes. As sysctl(8) has it, the first of
// the two that comes separates, and the other one stands for a dot in a name (eth0/1 is eth0.1).
// InvalidArgument for anything that is not such a name.
absl::StatusOr<std::string> SysctlPath(absl::string_view name);

// The pod's sysctls and, on a network of its own, our defaults that it does not set: any port and
// ping without privileges. In the order of their paths. InvalidArgument for those that are not of
// the pod's own namespaces, because they would change the host, and for control characters in a
// value.
absl::StatusOr<std::vector<SysctlPlan>> PlanSysctls(
    const std::map<std::string, std::string>& requested, bool own_network, bool own_ipc);

// Sysctls are set from outside of the pod's user namespace, if it has one: groups in their values
// become the host's, as far as there are such. InvalidArgument for none.
absl::Status MapSysctlIds(const IdRange& ids, std::vector<SysctlPlan>& sysctls);

}  // namespace berth::runtime
