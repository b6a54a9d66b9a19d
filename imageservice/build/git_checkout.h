// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

#include "base/call.h"
#include "imageservice/build/remote_source.h"

namespace berth::imageservice {

inline constexpr absl::Duration kMaxGitTime = absl::Minutes(10);  // of one repository
// Bytes that are fetched of it, and that the files of a commit may have.
inline constexpr uint64_t kMaxRepository = uint64_t{4} << 30;

// Fetches the reference of a repository, of its history as little as the server lets, into the
// empty `directory` (a path of ours) with .git in it; returns the commit. By the node's git, which
// sees no configuration, runs no hook and no submodule, asks nobody, and speaks http, https and git
// only, or ssh with the keys of the source's agent to hosts that the node knows (/root/.ssh and
// /etc/ssh). NotFound when the node has no git; Unavailable, with git's words, when it fails;
// InvalidArgument for more than `max_bytes`.
absl::StatusOr<std::string> CheckOut(const Call& call, const RemoteSource& source,
                                     const std::string& directory,
                                     uint64_t max_bytes = kMaxRepository);

}  // namespace berth::imageservice
