// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "proto/runtime/v1/api.pb.h"

// The ports of the node that pods have. Pure.
namespace berth::runtime {

class Pod;

// Whether a port of the one address is a port of the other, too: an empty one is all of the node's,
// 0.0.0.0 all of IPv4, and :: all of IPv6.
bool HostAddressesOverlap(absl::string_view one, absl::string_view other);

struct HeldPort {
  ::runtime::v1::PortMapping wanted;
  std::shared_ptr<Pod> holder;
};

// The first port that `config` asks for and one of `pods` has. A pod on the node's network has
// none, any other has its ports until its network is detached.
std::optional<HeldPort> FindHeldPort(const ::runtime::v1::PodSandboxConfig& config,
                                     const std::vector<std::shared_ptr<Pod>>& pods);

// FailedPrecondition that says what is taken and by whom.
absl::Status RefusalOf(const HeldPort& held);

}  // namespace berth::runtime
