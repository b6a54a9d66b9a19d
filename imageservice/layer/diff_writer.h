// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "imageservice/layer/tar_writer.h"

namespace berth::imageservice {

// Writes the upper directory of an overlay as an OCI layer, whiteouts and all: what LayerExtractor
// takes. Returns the paths that are deleted, relative to the root, in the archive's order. Sockets
// are left out, as no archive can hold them. A name with OCI's own prefix of whiteouts, and a
// directory or file that overlayfs has moved by reference alone (redirect, metacopy), is
// FailedPrecondition. No symlink is followed. Files that change meanwhile are torn: the caller sees
// to it that none does. `may_go_on` is asked before each member and piece; its error ends the work.
absl::StatusOr<std::vector<std::string>> WriteDiff(int upper, TarWriter& writer,
                                                   const std::function<absl::Status()>& may_go_on);

}  // namespace berth::imageservice
