// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "runtime/pod.h"
#include "runtime/pod_runtime.h"

namespace berth::runtime {

// The contract is PodRuntime::NetworkUsage. Does not block.
absl::StatusOr<PodNetworkUsage> ReadNetworkUsage(const Pod& pod);

// The figures in a text of /proc/<pid>/net/dev: all interfaces but lo, and the sums, which are of
// eth0 alone when there is one. Lines that are none of an interface are passed over. Pure.
PodNetworkUsage ParseNetworkDevices(absl::string_view text);

}  // namespace berth::runtime
