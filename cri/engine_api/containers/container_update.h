// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"

#include "base/json.h"
#include "cri/engine_api/containers/container_record.h"

namespace berth::cri {

// The HostConfig after an update: limits that `changes` sets to something and its restart policy,
// if that has a name; what Docker does not update either is left out. A PidsLimit of 0 is none: -1
// on record. InvalidArgument for what no container could have, so that one that is on record can
// always be read; Unimplemented, by name, for limits that would have no effect. Pure.
absl::StatusOr<Json> UpdatedHostConfig(const EngineContainerRecord& record, const Json& changes);

}  // namespace berth::cri
