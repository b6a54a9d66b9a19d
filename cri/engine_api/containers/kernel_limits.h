// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

#include "base/json.h"
#include "proto/runtime/v1/api.pb.h"

// Limits of HostConfig that CRI has no fields for: they are files of cgroup2, which the runtime
// finds on v1 too. Pure but for CheckKernelLimits, FindBlockDevices and ReadNodeControls.
namespace berth::cri {

struct DeviceLimit {
  std::string path;
  std::string key;  // rbps, wbps, riops, wiops; empty: a weight
  int64_t value = 0;
};

struct KernelLimits {
  std::optional<int64_t> swappiness;  // 0…100
  bool oom_kill_disable = false;
  int64_t block_weight = 0;  // 10…1000; 0: the usual
  std::vector<DeviceLimit> devices = {};
};

// InvalidArgument for a wrong type.
absl::StatusOr<KernelLimits> ParseKernelLimits(const Json& host_config);

// Asked once, as CheckCreation. InvalidArgument, in Docker's words, for values out of their range,
// devices that are not there and isolation, which Linux has not; Unimplemented for what no
// container gets: real-time CPU.
absl::Status CheckKernelLimits(const Json& host_config);

// The part of it that an update can change, too; 0 is the usual.
absl::Status CheckBlockWeight(int64_t weight);

// What a node's kernel has controls for.
struct NodeControls {
  bool has_cgroup2 = false;
  bool has_bfq = false;  // the scheduler of block devices that knows weights
};

NodeControls ReadNodeControls();

// Takes out of a request what the node has no control for, as Docker does, and says so in its
// words. The node is looked at only where the request asks for something of it.
std::vector<std::string> DropMissingLimits(absl::FunctionRef<NodeControls()> look,
                                           Json& host_config);

// "8:0", by the paths of the limits, of those that are there; of the rest a warning is logged.
std::map<std::string, std::string> FindBlockDevices(const KernelLimits& limits);

// A limit of a device that is not among `devices` is left out.
void AddKernelLimits(const KernelLimits& limits, const std::map<std::string, std::string>& devices,
                     ::runtime::v1::LinuxContainerResources& resources);

}  // namespace berth::cri
