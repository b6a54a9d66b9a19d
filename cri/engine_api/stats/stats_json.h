// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"
#include "runtime/figures.h"
#include "runtime/pod_runtime.h"

// What a container uses, as GET /containers/{id}/stats tells it. Pure.
namespace berth::cri {

// The node's CPUs, of /proc/stat.
struct NodeCpu {
  uint64_t busy_and_idle_ns = 0;
  uint64_t online = 0;
};

// Sums the first line; DataLoss for what is no /proc/stat. `ticks` are those of a second.
absl::StatusOr<NodeCpu> ParseNodeCpu(absl::string_view text, int64_t ticks);

// All that is counted at one moment.
struct StatsSample {
  int64_t at = 0;  // ns
  NodeCpu node;
  runtime::Figures figures;
  std::optional<runtime::PodNetworkUsage> network;  // unset: it has none of its own
  uint64_t node_memory = 0;                         // bytes, for a container without a limit
};

// `before` is unset for the first of a stream. One that does not run has a name and an id only.
Json StatsOf(const std::string& id, const std::string& name,
             const std::optional<StatsSample>& before, const std::optional<StatsSample>& now);

}  // namespace berth::cri
