// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/sys/fd.h"
#include "cri/cli/engine_client.h"
#include "imageservice/layer/tar_writer.h"

namespace berth::cli {

inline constexpr char kDockerfile[] = "Dockerfile";

// Where a build's Dockerfile is.
struct DockerfilePlace {
  std::string name;  // in the context
  // Of one that is elsewhere, and goes with the context by that name; what is built sees none of
  // it.
  std::optional<std::string> text = {};
  std::optional<std::string> ignore = {};  // what the ignore file beside such a one says
};

// Finds the one that is said for the directory `context` ("Dockerfile" when nothing is): a file as
// it is named from here, be it there or elsewhere, else of that name in the directory, in which
// alone it is where the context is no directory. InvalidArgument for what cannot be read as one.
absl::StatusOr<DockerfilePlace> FindDockerfile(const std::string& context, const std::string& said);

// Of one that is nowhere else.
DockerfilePlace AddedDockerfile(std::string text, std::optional<std::string> ignore = {});

// Opens the directory `path`, which the call then hands over to the daemon as the build's context;
// it has to be open until then. NotFound, InvalidArgument or PermissionDenied.
absl::StatusOr<sys::Fd> OfferContext(const std::string& path, EngineCall& call);

// The call hands the text over to the daemon, which fetches the rest of the context itself.
void OfferDockerfile(const std::string& text, EngineCall& call);

// Writes what of the directory `path` counts by its ignore file (that of the Dockerfile, or
// .dockerignore); the Dockerfile and the ignore file themselves always. Everything is root's, as
// docker's client packs it; sockets are left out. NotFound or InvalidArgument for what cannot be
// read.
absl::Status PackContext(const std::string& path, const DockerfilePlace& dockerfile,
                         imageservice::TarWriter& writer);

// Whether a file that begins so is an archive, packed or not. Pure.
bool LooksLikeArchive(absl::string_view beginning);

}  // namespace berth::cli
