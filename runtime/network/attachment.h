// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"
#include "runtime/network/pod_network.h"

namespace berth::runtime {

inline constexpr char kPodInterface[] = "eth0";

// eth0 to eth999.
bool IsPodInterface(absl::string_view name);

using CniArguments = std::vector<std::pair<std::string, std::string>>;

// One pod's place in one network: all that its plugins were told, and what they answered so far.
struct Attachment {
  std::string network;
  std::string pod_id;
  std::string interface = kPodInterface;
  std::string namespace_path;
  std::string config;          // a list with all plugins inlined; empty: lost
  CniArguments arguments;      // CNI_ARGS, in order
  Json capability_arguments;   // by capability; an object or null
  std::optional<Json> result;  // of the last plugin whose ADD succeeded
};

// The arguments for CNI_ARGS that Kubernetes' plugins know. InvalidArgument when a value has a
// semicolon or a control character, which would forge others.
absl::StatusOr<CniArguments> PodArguments(const AttachmentRequest& request);

// K=V;K=V.
std::string FormatArguments(const CniArguments& arguments);

// What the runtime has to say for the capabilities that a plugin may declare: portMappings,
// bandwidth, dns, cgroupPath, io.kubernetes.cri.pod-annotations. One about which the request says
// nothing is left out. InvalidArgument for a bandwidth or port that is none.
absl::StatusOr<Json> CapabilityArguments(const AttachmentRequest& request);

}  // namespace berth::runtime
