// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"

#include "base/json.h"
#include "cri/engine_api/containers/container_record.h"

// Containers as the Engine API tells of them. Pure.
namespace berth::cri {

// What is known of one beside its record.
struct LiveFacts {
  std::string log_path;
  std::string etc;  // the directory of its hosts, hostname and resolv.conf; empty: there is none
  int pid = 0;
  Json networks;                           // NetworkSettings of inspect
  Json ports;                              // of the list
  Json mounts;                             // of MountPoints
  std::vector<std::string> exec_ids = {};  // of its commands, for inspect
};

// GET /containers/{id}/json.
Json ContainerDetails(const EngineContainerRecord& record, const LiveFacts& live);

// An entry of GET /containers/json.
Json ContainerSummary(const EngineContainerRecord& record, const LiveFacts& live, absl::Time now);

// "Up 3 minutes (Paused)", "Exited (0) 2 hours ago", "Created".
std::string StatusText(const EngineState& state, absl::Time now);

}  // namespace berth::cri
