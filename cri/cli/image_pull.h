// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "cri/cli/session.h"

// Pulls with the credentials that CredentialsFor finds. Each waits until it is done.
namespace berth::cli {

// By CRI: an image of the node's own platform, whose progress nobody tells.
struct PulledImage {
  v1::Image image;
  bool changed = false;  // what was there before, if anything, was another one
};
absl::StatusOr<PulledImage> PullImage(const Client& client, const std::string& name);

// As docker ends a pull: its digest, whether anything was new, and the id. Pure.
std::string PullReport(const std::string& name, const PulledImage& pulled);

// Whether a pull can show its progress on `out`: that has a screen (ScreenOn), and the daemon
// serves the Engine API, also to this user.
bool ShowsProgressOn(const Session& session, std::FILE* out);

// By the Engine API: the image `name` of another platform where one is named, of all its tags where
// it has none and `all_tags`. InvalidArgument for all tags of one tag.
struct EnginePull {
  std::string name;
  std::string platform;
  bool all_tags = false;
};
// The progress goes to `out`, nowhere where it is null.
absl::Status PullByEngine(const Session& session, const EnginePull& pull, std::FILE* out);

// The image of that name, pulled as `policy` says: "always", "missing" or "never". Progress is
// shown where ShowsProgressOn(stderr), as `docker run` shows it.
absl::StatusOr<v1::Image> EnsureImage(const Session& session, const Client& client,
                                      const std::string& name, const std::string& policy);

}  // namespace berth::cli
