// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "runtime/cgroup/cgroup.h"
#include "runtime/cgroup/pressure.h"

namespace berth::runtime {

struct CgroupStats {
  absl::Time at;
  uint64_t cpu_usage_ns = 0;
  uint64_t memory_usage = 0, memory_working_set = 0, memory_rss = 0;
  std::optional<uint64_t> memory_limit;
  uint64_t page_faults = 0, major_page_faults = 0;
  std::optional<uint64_t> swap_usage, swap_limit;
  uint64_t pids = 0;
  // Of the cgroup2, also where only the processes are there and the controllers are not.
  std::optional<Pressure> cpu_pressure, memory_pressure, io_pressure;
  std::string cpu_stat;     // the text of cpu.stat; version 2 only
  std::string memory_stat;  // the text of memory.stat
};

// NotFound when the cgroup is gone.
absl::StatusOr<uint64_t> ReadCpuTime(const Cgroup& cgroup);  // in ns
absl::StatusOr<CgroupStats> ReadStats(const Cgroup& cgroup);

}  // namespace berth::runtime
