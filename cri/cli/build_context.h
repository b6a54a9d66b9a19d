// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "imageservice/layer/tar_writer.h"

namespace berth::cli {

// Writes what of the directory `path` counts by its ignore file (that of `dockerfile`, or
// .dockerignore); the Dockerfile and the ignore file themselves always. Everything is root's, as
// docker's client packs it; sockets are left out. NotFound or InvalidArgument for what cannot be
// read.
absl::Status PackContext(const std::string& path, const std::string& dockerfile,
                         imageservice::TarWriter& writer);

// Whether a file that begins so is an archive, packed or not. Pure.
bool LooksLikeArchive(absl::string_view beginning);

}  // namespace berth::cli
