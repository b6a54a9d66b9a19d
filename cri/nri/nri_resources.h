// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"

#include "proto/nri/v1/api.pb.h"
#include "proto/runtime/v1/api.pb.h"

// Resources as NRI and as the CRI write them. Pure.
namespace berth::nri {

namespace api = ::nri::v1;
namespace v1 = ::runtime::v1;

api::LinuxResources ToNriResources(const v1::LinuxContainerResources& resources);

// What is absent in NRI, or 0, is unset in the CRI: left as it is. A limit of processes and a
// reservation of memory become entries of `unified`. FailedPrecondition names what Berth does not
// do.
absl::StatusOr<v1::LinuxContainerResources> ToCriResources(const api::LinuxResources& resources);

}  // namespace berth::nri
