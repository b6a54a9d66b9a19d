// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "cri/cli/client.h"
#include "cri/cli/session.h"

namespace berth::cli {

// What a container used between two samples.
struct Usage {
  std::string id;
  std::string name;
  std::string pod_id;
  double cpu_percent = 0;  // of one CPU
  uint64_t cpu_ns = 0;     // since it began
  uint64_t memory = 0;     // working set
  uint64_t memory_limit = 0;
  uint64_t written = 0;  // in its writable layer
};

// Of containers of pods, and of those of docker's clients that run.
absl::StatusOr<v1::ListContainerStatsResponse> SampleUsage(const Client& client,
                                                           const Session& session);

// One of the latter, of what the Engine API says of it. Pure.
v1::ContainerStats EngineStats(const berth::Json& stats);

// Bytes; 0 when it cannot be read.
uint64_t HostMemory();

// Of the containers in both samples, or of those with `ids` when there are any. A container without
// a limit of its own has `host_memory`. Pure.
std::vector<Usage> UsageBetween(const v1::ListContainerStatsResponse& before,
                                const v1::ListContainerStatsResponse& now,
                                const Inventory& inventory, const std::vector<std::string>& ids,
                                uint64_t host_memory);

double MemoryPercent(const Usage& usage);

}  // namespace berth::cli
