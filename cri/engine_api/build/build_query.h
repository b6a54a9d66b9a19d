// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "cri/engine_api/engine_request.h"
#include "imageservice/build/builder.h"

namespace berth::cri {

struct BuildQuery {
  imageservice::BuildRequest request;
  bool quiet = false;
};

// What POST /build asks for. InvalidArgument for what cannot be read, Unimplemented for what we
// have not: other builders, outputs, networks. Pure.
absl::StatusOr<BuildQuery> ReadBuildQuery(const EngineRequest& request);

}  // namespace berth::cri
