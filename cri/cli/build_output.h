// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "cri/cli/engine_client.h"

namespace berth::cli {

// Where what was built goes besides the daemon's images.
struct BuildOutput {
  enum class Type { kImage, kArchive, kTar, kLocal };

  Type type = Type::kImage;
  std::string destination;  // a file, or kLocal's directory; empty: stdout
};

// "type=image|oci|docker|tar|local[,dest=PATH]"; a path alone is a directory for the image's files,
// "-" their tar on stdout. InvalidArgument. Pure.
absl::StatusOr<BuildOutput> ParseBuildOutput(absl::string_view text);

// Writes the image, or its files, by way of a container that never runs and is gone afterwards.
absl::Status WriteBuildOutput(const EngineClient& engine, const std::string& image,
                              const BuildOutput& output);

}  // namespace berth::cli
