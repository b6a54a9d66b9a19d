// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "base/call.h"
#include "imageservice/build/remote_source.h"

namespace berth::imageservice {

inline constexpr absl::Duration kMaxGitTime = absl::Minutes(10);  // of one repository

// Fetches the reference of a repository, of its history as little as the server lets, into the
// empty `directory` (a path of ours) with .git in it; returns the commit. By the node's git, which
// sees no configuration, runs no hook and no submodule, asks nobody, and speaks http, https and git
// only. NotFound when the node has no git; Unavailable, with git's words, when it fails.
absl::StatusOr<std::string> CheckOut(const Call& call, const RemoteSource& source,
                                     const std::string& directory);

}  // namespace berth::imageservice
