// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

// What commit and import make an image's configuration of. Pure.
namespace berth::imageservice {

struct CommitDraft {
  std::string base;      // the configuration of the image below, in JSON; empty: there is none
  std::string platform;  // linux/amd64, where there is none
  std::string config;    // JSON: the container's Config, instead of the base's; empty: as it is
  std::vector<std::string> changes;  // instructions of a Dockerfile
  std::string author;
  std::string comment;
  std::string created_by;
  std::string created;    // RFC 3339
  bool has_layer = true;  // on top of the base's
};

// The document, but for its "rootfs". InvalidArgument for a change that is none.
absl::StatusOr<std::string> FormatCommit(const CommitDraft& commit);

}  // namespace berth::imageservice
