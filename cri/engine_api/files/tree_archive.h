// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/call.h"
#include "imageservice/layer/tar_writer.h"

// Files of a container, which may change meanwhile: nothing in the tree leads out of it.
namespace berth::cri {

inline constexpr size_t kMaxViewDepth = 256;  // of directories in each other

// Writes what `path` names inside `root` as an archive whose top is called `name` ("." and "/" as
// well; empty: the top is not in it), with all that is in it. What comes and goes meanwhile may or
// may not be there. The last symlink is not followed. `may_go_on` may end it. For one that is not
// there NotFound.
absl::Status ArchiveTree(int root, const std::string& path, const std::string& name,
                         imageservice::TarWriter::Sink sink,
                         const std::function<absl::Status()>& may_go_on);

// Where the symlink `path` leads inside `root`, as an absolute path: all links followed, as far as
// there is something.
absl::StatusOr<std::string> FollowLinks(int root, const std::string& path);

}  // namespace berth::cri
