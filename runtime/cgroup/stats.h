// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "runtime/cgroup/cgroup.h"

namespace berth::runtime {

struct CgroupStats {
  absl::Time at;
  uint64_t cpu_usage_ns = 0;
  uint64_t memory_usage = 0, memory_working_set = 0, memory_rss = 0;
  std::optional<uint64_t> memory_limit;
  uint64_t page_faults = 0, major_page_faults = 0;
  std::optional<uint64_t> swap_usage, swap_limit;
  uint64_t pids = 0;
};

// NotFound when the cgroup is gone.
absl::StatusOr<CgroupStats> ReadStats(const Cgroup& cgroup);

}  // namespace berth::runtime
