// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "base/json.h"
#include "cri/cli/client.h"
#include "cri/cli/engine_client.h"
#include "cri/cli/lookup.h"

namespace berth::cli {

// A container as people see it.
struct ContainerView {
  std::string id;
  std::string name;  // as ContainerName
  std::string pod_id;
  std::string pod;
  std::string image;
  std::string image_id;
  std::vector<std::string> command;
  v1::ContainerStatus status;
  bool paused = false;
  std::string health;                  // "starting", "healthy", "unhealthy"; else nothing checks it
  std::vector<v1::PortMapping> ports;  // of its pod
  std::vector<std::string> mounts;     // names of volumes, paths of the host
  size_t volumes = 0;                  // of the driver local, among them
  std::vector<std::string> networks;
  uint64_t written = 0;  // bytes, where sizes were asked for
  uint64_t all_files = 0;
};

struct PodView {
  v1::PodSandbox pod;
  std::vector<std::string> ips;
  std::vector<v1::PortMapping> ports;
  size_t containers = 0;
  size_t running = 0;
};

// What the daemon knows of the containers that `wanted` chooses; those that go away meanwhile are
// left out. Asks for each pod and image once.
absl::StatusOr<std::vector<ContainerView>> ViewContainers(
    const Client& client, const Inventory& inventory,
    const std::function<bool(const v1::Container&)>& wanted);

// Those of docker's clients that `filters` choose, as FiltersText has them. Errors as
// EngineClient's.
absl::StatusOr<std::vector<ContainerView>> ViewEngineContainers(const EngineClient& engine,
                                                                bool all, bool sizes,
                                                                const std::string& filters);

// Finds out what containers of pods have written.
absl::Status AddSizes(const Client& client, std::vector<ContainerView>& views);

// Of the Engine API's answer to an inspection. Pure.
ContainerView EngineViewOf(const berth::Json& details);

// StatusText with "(Paused)" or "(healthy)" behind it. Pure.
std::string StatusOf(const ContainerView& view, absl::Time now);

absl::StatusOr<std::vector<PodView>> ViewPods(const Client& client, const Inventory& inventory);

// The command in a container's or an image's verbose information, and a pod's ports. Pure; empty
// for what is not there.
std::vector<std::string> CommandIn(const berth::Json& container_info,
                                   const berth::Json& image_info);
std::vector<v1::PortMapping> PortsIn(const berth::Json& pod_info);

}  // namespace berth::cli
