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
  bool tells_stages = false;  // each as it goes on, as clients can follow them that ask for it
};

// Secrets and agents of ssh, which Docker's classic API has no place for, as JSON:
// {"secrets": {"ID": "BASE64"}, "agents": {"ID": "/path/of/a/socket"}}.
inline constexpr char kBuildHeader[] = "x-berth-build";

// That the context is the directory whose descriptor comes with the body, which is one byte; or
// that the body is the Dockerfile for a context elsewhere (`remote`).
inline constexpr char kContextHeader[] = "x-berth-context";
inline constexpr char kContextDirectory[] = "directory";
inline constexpr char kContextDockerfile[] = "dockerfile";

// "stages": what stages say is told at once, by BuildReport::SayOf, and not in turn.
inline constexpr char kProgressHeader[] = "x-berth-progress";
inline constexpr char kProgressStages[] = "stages";

// What POST /build asks for. InvalidArgument for what cannot be read and for more than kMaxSecrets
// of secrets, Unimplemented for what we have not: other builders, outputs, networks. Pure.
absl::StatusOr<BuildQuery> ReadBuildQuery(const EngineRequest& request);

}  // namespace berth::cri
