// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/sys/fd.h"
#include "cri/cli/engine_client.h"
#include "imageservice/layer/tar_writer.h"

namespace berth::cli {

inline constexpr char kDockerfile[] = "Dockerfile";

// Opens the directory `path`, which the call then hands over to the daemon as the build's context;
// it has to be open until then. NotFound, InvalidArgument or PermissionDenied.
absl::StatusOr<sys::Fd> OfferContext(const std::string& path, EngineCall& call);

// Writes what of the directory `path` counts by its ignore file (that of `dockerfile`, or
// .dockerignore); the Dockerfile and the ignore file themselves always. Everything is root's, as
// docker's client packs it; sockets are left out. NotFound or InvalidArgument for what cannot be
// read.
absl::Status PackContext(const std::string& path, const std::string& dockerfile,
                         imageservice::TarWriter& writer);

// Where the Dockerfile is in the directory `context`: as `said` names it from here, else from
// there; "Dockerfile" when nothing is said.
std::string DockerfileIn(const std::string& context, const std::string& said);

// Whether a file that begins so is an archive, packed or not. Pure.
bool LooksLikeArchive(absl::string_view beginning);

}  // namespace berth::cli
