// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace berth::runtime {

enum class CgroupMode { kV1, kHybrid, kUnified };

// The node's cgroup hierarchies, found once at start.
struct CgroupHierarchies {
  CgroupMode mode = CgroupMode::kUnified;
  std::string unified;                              // mount point of cgroup2; empty when there is none
  std::map<std::string, std::string> controllers;   // v1: controller -> mount point; v2: all -> unified

  bool v1() const { return mode != CgroupMode::kUnified; }
};

// Pure: from the text of /proc/self/mountinfo and /proc/cgroups or cgroup.controllers.
CgroupHierarchies ParseHierarchies(absl::string_view mountinfo, absl::string_view unified_controllers);
absl::StatusOr<CgroupHierarchies> FindHierarchies();

// One setting in one file, ready to be written.
struct CgroupWrite {
  std::string controller;  // memory, cpu, …
  std::string file;        // memory.max
  std::string value;
  bool optional = false;   // a file that the kernel lacks is skipped
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
  std::optional<int64_t> pids_limit;
  std::map<std::string, uint64_t> hugepages;   // "2MB" -> bytes
  std::map<std::string, std::string> unified;  // v2 file -> value, written last
};

struct DeviceRule {
  bool allow = false;
  char type = 'a';               // a, b, c
  std::optional<uint32_t> major; // unset: any
  std::optional<uint32_t> minor;
  std::string access = "rwm";
};

// Pure: the writes, in an order that the kernel accepts. `current_memory_limit` orders limit and swap
// limit on v1 when both change.
std::vector<CgroupWrite> PlanResources(const CgroupHierarchies& hierarchies, const CgroupResources& resources,
                                       std::optional<int64_t> current_memory_limit);
std::vector<CgroupWrite> PlanDevicesV1(const std::vector<DeviceRule>& rules);

// A cgroup by the same relative path in every hierarchy, "/kubepods/podX/ctr". The cgroupfs driver.
// Thread-safe (no state but the path).
class Cgroup {
 public:
  Cgroup(const CgroupHierarchies& hierarchies, std::string path);

  // Makes the directories (and missing parents, with cpuset copied down on v1 and controllers enabled
  // on v2).
  absl::Status Create() const;
  absl::Status Apply(const std::vector<CgroupWrite>& writes) const;
  // v1: devices.deny/allow; v2: an eBPF program attached to the directory.
  absl::Status ApplyDevices(const std::vector<DeviceRule>& rules) const;
  // SIGKILLs everything inside and below and waits until it is empty.
  absl::Status Kill(absl::Time deadline) const;
  absl::StatusOr<bool> IsEmpty() const;
  // Removes the directories, children first; absence is success.
  absl::Status Remove() const;

  const std::string& path() const { return path_; }
  std::vector<std::string> directories() const;  // absolute; what a process joins
  std::string oom_file() const;                  // has a line "oom_kill N"
  std::string directory(absl::string_view controller) const;  // empty when there is no such controller

 private:
  const CgroupHierarchies* hierarchies_;
  std::string path_;
};

struct CgroupStats {
  absl::Time at;
  uint64_t cpu_usage_ns = 0, cpu_user_ns = 0, cpu_system_ns = 0;
  uint64_t cpu_periods = 0, cpu_throttled_periods = 0, cpu_throttled_ns = 0;
  uint64_t memory_usage = 0, memory_working_set = 0, memory_rss = 0, memory_cache = 0;
  std::optional<uint64_t> memory_limit;
  uint64_t page_faults = 0, major_page_faults = 0;
  std::optional<uint64_t> swap_usage, swap_limit;
  uint64_t pids = 0;
  uint64_t oom_kills = 0;
};

// NotFound when the cgroup is gone.
absl::StatusOr<CgroupStats> ReadStats(const Cgroup& cgroup);

}  // namespace berth::runtime
