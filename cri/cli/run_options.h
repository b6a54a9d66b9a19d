// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "proto/runtime/v1/api.pb.h"

// From the options of `berth run` to what is asked of CRI. Pure.
namespace berth::cli {

namespace v1 = ::runtime::v1;

struct RunOptions {
  bool detach = false;
  bool remove = false;
  bool privileged = false;
  bool read_only = false;
  bool interactive = false;
  bool terminal = false;
  std::string name;  // chosen when empty
  std::string pod;   // to join; empty: one of its own
  std::string network = "default";
  std::string hostname;
  std::string pull = "missing";
  std::string memory;
  std::string cpus;
  std::string user;
  std::string working_directory;
  std::optional<std::string> entrypoint;
  std::vector<std::string> ports;
  std::vector<std::string> dns_servers;
  std::vector<std::string> dns_searches;
  std::vector<std::string> volumes;
  std::vector<std::string> environment;
  std::vector<std::string> labels;
  std::vector<std::string> add_capabilities;
  std::vector<std::string> drop_capabilities;
  std::string image;
  std::vector<std::string> command;
};

// What the options are resolved against.
struct RunSurroundings {
  std::string working_directory;  // of this process: relative volumes begin there
  std::string log_directory;      // of the pod
  std::string uid;                // of the pod, unique
  std::function<std::optional<std::string>(const std::string&)> environment;  // for `-e NAME`
};

// Both return InvalidArgument naming the option and what it should look like.
absl::StatusOr<v1::PodSandboxConfig> PodConfigOf(const RunOptions& options,
                                                 const RunSurroundings& surroundings);
absl::StatusOr<v1::ContainerConfig> ContainerConfigOf(const RunOptions& options,
                                                      const RunSurroundings& surroundings);

}  // namespace berth::cli
