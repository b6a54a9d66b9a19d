// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace berth::runtime {

// The parts of an image that a container's start needs, resolved by the image service.
struct ContainerImage {
  std::string id;           // config digest
  std::string reference;    // as the user wrote it
  std::string repo_digest;  // name@sha256:…, or the id when it has none
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  std::vector<std::string> environment;
  std::string working_directory;
  std::string user;         // as in the config: "uid[:gid]", "name[:group]"
  std::string stop_signal;  // "SIGTERM", "15" or empty
  std::vector<std::string> volumes;
};

// A mounted-to-be root: directories of the host, topmost first, from the snapshotter.
struct ContainerRoot {
  std::vector<std::string> lower;
  std::string upper;
  std::string work;
};

// Reads a file of the container's root, by path, at most `max_bytes`; NotFound when it is not
// there.
using RootFileReader =
    std::function<absl::StatusOr<std::string>(absl::string_view path, size_t max_bytes)>;

}  // namespace berth::runtime
