// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "imageservice/layer/tar_writer.h"

namespace berth::imageservice {

struct WrittenDiff {
  std::vector<std::string> deleted;  // relative to the root, in the archive's order
  // The directory holds what the archive does and nothing else: no socket, no xattr that a layer
  // may not have, no time that was cut, nothing left out.
  bool is_whole = true;
};

struct DiffOptions {
  std::optional<int64_t> epoch = {};    // what is younger becomes so old, in seconds of Unix
  std::set<std::string> left_out = {};  // paths relative to the directory
};

// Writes the upper directory of an overlay as an OCI layer, whiteouts and all: what LayerExtractor
// takes. The same tree gives the same bytes. Sockets are left out, as no archive can hold them. A
// name with OCI's own prefix of whiteouts, and a directory or file that overlayfs has moved by
// reference alone (redirect, metacopy), is FailedPrecondition. No symlink is followed. Files that
// change meanwhile are torn: the caller sees to it that none does. `may_go_on` is asked before each
// member and piece; its error ends the work.
absl::StatusOr<WrittenDiff> WriteDiff(int upper, TarWriter& writer,
                                      const std::function<absl::Status()>& may_go_on,
                                      const DiffOptions& options = {});

}  // namespace berth::imageservice
