// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/cgroup/hierarchies.h"

namespace berth::runtime {

// The kernel's own bounds, of cpu.shares (v1).
inline constexpr uint64_t kMinCpuShares = 2;
inline constexpr uint64_t kMaxCpuShares = 262144;

// One setting in one file, ready to be written.
struct CgroupWrite {
  std::string controller;  // memory, cpu, …
  std::string file;        // memory.max
  std::string value;
  bool optional = false;  // a file that the kernel lacks is skipped
};

// Limits in the CRI's units; unset means "leave as it is".
struct CgroupResources {
  std::optional<int64_t> cpu_period;       // µs
  std::optional<int64_t> cpu_quota;        // µs a period; -1: none
  std::optional<int64_t> cpu_shares;       // v1 weight, 2…262144
  std::optional<int64_t> memory_limit;     // bytes; -1: none
  std::optional<int64_t> memory_and_swap;  // bytes, sum; -1: none
  std::optional<std::string> cpuset_cpus;
  std::optional<std::string> cpuset_mems;
  std::optional<int64_t> pids_limit;          // -1: none
  std::map<std::string, uint64_t> hugepages;  // "2MB" -> bytes
  // v2 file -> value, written last; of v1 memory.swappiness and memory.oom_control, too.
  std::map<std::string, std::string> unified;
};

// What is in force; unset: no limit.
struct CgroupLimits {
  std::optional<int64_t> memory = {};     // bytes
  std::optional<int64_t> cpu_quota = {};  // µs a period
};

// Pure: the writes, in an order that the kernel accepts. What is in force orders limit and swap
// limit on v1 when both change, and stays beside a new CPU period on v2, where one file has both.
// Controllers that the node lacks are left out,
// with all their writes. Where the file's controller is on v1, so is `unified`, but for memory.low,
// io.max and io.bfq.weight, which v1 has under other names, and for its own.
std::vector<CgroupWrite> PlanResources(const CgroupHierarchies& hierarchies,
                                       const CgroupResources& resources,
                                       const CgroupLimits& current);

// Pure: cpu.weight (1…10000) of v1 shares (2…262144), so that 1024 becomes 100.
uint64_t CpuWeight(uint64_t shares);

}  // namespace berth::runtime
