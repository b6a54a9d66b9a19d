// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "cri/cli/client.h"
#include "cri/cli/session.h"

namespace berth::cli {

// What is not among a container's own statistics by CRI: of its pod, where it is in one.
struct Traffic {
  uint64_t received = 0, sent = 0;                    // bytes, by its networks
  std::optional<uint64_t> read_blocks, wrote_blocks;  // bytes; CRI does not know them
  uint64_t processes = 0;
};

struct UsageSample {
  v1::ListContainerStatsResponse containers;
  std::map<std::string, Traffic> traffic;  // by the id of a container or pod
};

// What a container used between two samples.
struct Usage {
  std::string id = {};
  std::string name = {};
  std::string pod_id = {};
  double cpu_percent = 0;  // of one CPU
  uint64_t cpu_ns = 0;     // since it began
  uint64_t memory = 0;     // working set
  uint64_t memory_limit = 0;
  uint64_t written = 0;  // in its writable layer
  Traffic traffic = {};
};

// Of containers of pods, and of those of docker's clients that run.
absl::StatusOr<UsageSample> SampleUsage(const Client& client, const Session& session);

// Adds one of the latter, of what the Engine API says of it. Pure.
void AddEngineStats(const berth::Json& stats, UsageSample& sample);

// Bytes; 0 when it cannot be read.
uint64_t HostMemory();

// Of the containers in both samples, or of those with `ids` when there are any. A container without
// a limit of its own has `host_memory`. Pure.
std::vector<Usage> UsageBetween(const UsageSample& before, const UsageSample& now,
                                const Inventory& inventory, const std::vector<std::string>& ids,
                                uint64_t host_memory);

double MemoryPercent(const Usage& usage);

}  // namespace berth::cli
