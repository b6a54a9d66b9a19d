// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "proto/nri/v1/api.pb.h"
#include "runtime/pod_runtime.h"

// Pods and containers as plugins see them. Pure.
namespace berth::nri {

namespace api = ::nri::v1;
namespace v1 = ::runtime::v1;

// What a node has: what a plugin is told when it joins.
struct Inventory {
  std::vector<api::PodSandbox> pods;
  std::vector<api::Container> containers;
};

api::PodSandbox ToNriPod(const runtime::PodSnapshot& pod);
api::Container ToNriContainer(const runtime::ContainerSnapshot& container);
// One that is about to be created.
api::Container ToNriContainer(const runtime::ContainerRequest& request);

// The inventory in requests that a message of ttrpc can hold; all but the last say that there is
// more. At least one.
std::vector<api::SynchronizeRequest> MakeSynchronizeRequests(Inventory inventory);

}  // namespace berth::nri
