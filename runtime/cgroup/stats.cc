// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/stats.h"

#include <string>

#include "absl/time/clock.h"

#include "base/status.h"
#include "runtime/cgroup/control_file.h"
#include "runtime/cgroup/controller_files.h"

namespace berth::runtime {
namespace {

uint64_t FloorZero(uint64_t a, uint64_t b) {
  return a > b ? a - b : 0;
}

absl::Status ReadCpuV1(const Cgroup& cgroup, CgroupStats& stats) {
  const ControllerFiles accounting(cgroup, "cpuacct");
  if (accounting.exists()) {
    ASSIGN_OR_RETURN(const std::string usage, accounting.Read("cpuacct.usage"));
    stats.cpu_usage_ns = NumberIn(usage);
  }
  return absl::OkStatus();
}

absl::Status ReadCpuV2(const Cgroup& cgroup, CgroupStats& stats) {
  ASSIGN_OR_RETURN(stats.cpu_stat, ControllerFiles(cgroup, "cpu").Read("cpu.stat"));
  stats.cpu_usage_ns = Keyed(stats.cpu_stat, "usage_usec") * kNanosecondsPerMicrosecond;
  return absl::OkStatus();
}

absl::Status ReadMemoryV1(const ControllerFiles& memory, CgroupStats& stats) {
  ASSIGN_OR_RETURN(const std::string usage, memory.Read("memory.usage_in_bytes"));
  ASSIGN_OR_RETURN(const std::string limit, memory.Read("memory.limit_in_bytes"));
  ASSIGN_OR_RETURN(stats.memory_stat, memory.Read("memory.stat"));
  const std::string& text = stats.memory_stat;
  stats.memory_usage = NumberIn(usage);
  stats.memory_limit = ParseLimit(limit);
  stats.memory_working_set = FloorZero(stats.memory_usage, Keyed(text, "total_inactive_file"));
  stats.memory_rss = Keyed(text, "total_rss");
  stats.page_faults = Keyed(text, "total_pgfault");
  stats.major_page_faults = Keyed(text, "total_pgmajfault");
  const std::string both = memory.ReadOptional("memory.memsw.usage_in_bytes");
  if (!both.empty()) {
    stats.swap_usage = FloorZero(NumberIn(both), stats.memory_usage);
    const std::optional<uint64_t> sum_limit =
        ParseLimit(memory.ReadOptional("memory.memsw.limit_in_bytes"));
    if (sum_limit.has_value() && stats.memory_limit.has_value()) {
      stats.swap_limit = FloorZero(*sum_limit, *stats.memory_limit);
    }
  }
  return absl::OkStatus();
}

absl::Status ReadMemoryV2(const ControllerFiles& memory, CgroupStats& stats) {
  ASSIGN_OR_RETURN(const std::string usage, memory.Read("memory.current"));
  ASSIGN_OR_RETURN(const std::string limit, memory.Read("memory.max"));
  ASSIGN_OR_RETURN(stats.memory_stat, memory.Read("memory.stat"));
  const std::string& text = stats.memory_stat;
  stats.memory_usage = NumberIn(usage);
  stats.memory_limit = ParseLimit(limit);
  stats.memory_working_set = FloorZero(stats.memory_usage, Keyed(text, "inactive_file"));
  stats.memory_rss = Keyed(text, "anon");
  stats.page_faults = Keyed(text, "pgfault");
  stats.major_page_faults = Keyed(text, "pgmajfault");
  const std::string swap = memory.ReadOptional("memory.swap.current");
  if (!swap.empty()) {
    stats.swap_usage = NumberIn(swap);
    stats.swap_limit = ParseLimit(memory.ReadOptional("memory.swap.max"));
  }
  return absl::OkStatus();
}

void ReadPressure(const Cgroup& cgroup, CgroupStats& stats) {
  const ControllerFiles files(cgroup.unified_directory());
  stats.cpu_pressure = ParsePressure(files.ReadOptional("cpu.pressure"));
  stats.memory_pressure = ParsePressure(files.ReadOptional("memory.pressure"));
  stats.io_pressure = ParsePressure(files.ReadOptional("io.pressure"));
}

}  // namespace

absl::StatusOr<uint64_t> ReadCpuTime(const Cgroup& cgroup) {
  CgroupStats stats;
  RETURN_IF_ERROR(cgroup.IsUnified("cpu") ? ReadCpuV2(cgroup, stats) : ReadCpuV1(cgroup, stats));
  return stats.cpu_usage_ns;
}

absl::StatusOr<CgroupStats> ReadStats(const Cgroup& cgroup) {
  CgroupStats stats;
  stats.at = absl::Now();
  RETURN_IF_ERROR(cgroup.IsUnified("cpu") ? ReadCpuV2(cgroup, stats) : ReadCpuV1(cgroup, stats));
  const ControllerFiles memory(cgroup, "memory");
  RETURN_IF_ERROR(cgroup.IsUnified("memory") ? ReadMemoryV2(memory, stats)
                                             : ReadMemoryV1(memory, stats));
  const ControllerFiles pids(cgroup, "pids");
  if (pids.exists()) {
    stats.pids = NumberIn(pids.ReadOptional("pids.current"));
  }
  ReadPressure(cgroup, stats);
  return stats;
}

}  // namespace berth::runtime
