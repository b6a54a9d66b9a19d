// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/stats.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "base/status.h"
#include "runtime/cgroup/control_file.h"

namespace berth::runtime {
namespace {

constexpr uint64_t kNanosecondsPerMicrosecond = 1000;

uint64_t Keyed(absl::string_view text, absl::string_view key) {
  return FindKeyed(text, key).value_or(0);
}

uint64_t Number(absl::string_view text) {
  uint64_t value = 0;
  return absl::SimpleAtoi(absl::StripAsciiWhitespace(text), &value) ? value : 0;
}

uint64_t FloorZero(uint64_t a, uint64_t b) {
  return a > b ? a - b : 0;
}

// The files of one controller of one cgroup. A file that this kernel lacks reads as empty.
class ControllerFiles {
 public:
  ControllerFiles(const Cgroup& cgroup, absl::string_view controller)
      : directory_(cgroup.directory(controller)) {}

  bool exists() const { return !directory_.empty(); }

  absl::StatusOr<std::string> Read(absl::string_view file) const {
    return ReadControlFile(absl::StrCat(directory_, "/", file), kMaxControlFile);
  }
  absl::StatusOr<std::string> ReadOptional(absl::string_view file) const {
    absl::StatusOr<std::string> text = Read(file);
    return absl::IsNotFound(text.status()) ? std::string() : std::move(text);
  }

 private:
  std::string directory_;
};

absl::Status ReadCpuV1(const Cgroup& cgroup, CgroupStats& stats) {
  const ControllerFiles accounting(cgroup, "cpuacct");
  if (accounting.exists()) {
    ASSIGN_OR_RETURN(const std::string usage, accounting.Read("cpuacct.usage"));
    stats.cpu_usage_ns = Number(usage);
  }
  return absl::OkStatus();
}

absl::Status ReadCpuV2(const Cgroup& cgroup, CgroupStats& stats) {
  ASSIGN_OR_RETURN(const std::string text, ControllerFiles(cgroup, "cpu").Read("cpu.stat"));
  stats.cpu_usage_ns = Keyed(text, "usage_usec") * kNanosecondsPerMicrosecond;
  return absl::OkStatus();
}

absl::Status ReadMemoryV1(const ControllerFiles& memory, CgroupStats& stats) {
  ASSIGN_OR_RETURN(const std::string usage, memory.Read("memory.usage_in_bytes"));
  ASSIGN_OR_RETURN(const std::string limit, memory.Read("memory.limit_in_bytes"));
  ASSIGN_OR_RETURN(const std::string text, memory.Read("memory.stat"));
  stats.memory_usage = Number(usage);
  stats.memory_limit = ParseLimit(limit);
  stats.memory_working_set = FloorZero(stats.memory_usage, Keyed(text, "total_inactive_file"));
  stats.memory_rss = Keyed(text, "total_rss");
  stats.page_faults = Keyed(text, "total_pgfault");
  stats.major_page_faults = Keyed(text, "total_pgmajfault");
  ASSIGN_OR_RETURN(const std::string both, memory.ReadOptional("memory.memsw.usage_in_bytes"));
  if (!both.empty()) {
    ASSIGN_OR_RETURN(const std::string sum, memory.ReadOptional("memory.memsw.limit_in_bytes"));
    stats.swap_usage = FloorZero(Number(both), stats.memory_usage);
    const std::optional<uint64_t> sum_limit = ParseLimit(sum);
    if (sum_limit.has_value() && stats.memory_limit.has_value()) {
      stats.swap_limit = FloorZero(*sum_limit, *stats.memory_limit);
    }
  }
  return absl::OkStatus();
}

absl::Status ReadMemoryV2(const ControllerFiles& memory, CgroupStats& stats) {
  ASSIGN_OR_RETURN(const std::string usage, memory.Read("memory.current"));
  ASSIGN_OR_RETURN(const std::string limit, memory.Read("memory.max"));
  ASSIGN_OR_RETURN(const std::string text, memory.Read("memory.stat"));
  stats.memory_usage = Number(usage);
  stats.memory_limit = ParseLimit(limit);
  stats.memory_working_set = FloorZero(stats.memory_usage, Keyed(text, "inactive_file"));
  stats.memory_rss = Keyed(text, "anon");
  stats.page_faults = Keyed(text, "pgfault");
  stats.major_page_faults = Keyed(text, "pgmajfault");
  ASSIGN_OR_RETURN(const std::string swap, memory.ReadOptional("memory.swap.current"));
  if (!swap.empty()) {
    ASSIGN_OR_RETURN(const std::string swap_limit, memory.ReadOptional("memory.swap.max"));
    stats.swap_usage = Number(swap);
    stats.swap_limit = ParseLimit(swap_limit);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CgroupStats> ReadStats(const Cgroup& cgroup) {
  CgroupStats stats;
  stats.at = absl::Now();
  RETURN_IF_ERROR(cgroup.IsUnified("cpu") ? ReadCpuV2(cgroup, stats) : ReadCpuV1(cgroup, stats));
  const ControllerFiles memory(cgroup, "memory");
  RETURN_IF_ERROR(cgroup.IsUnified("memory") ? ReadMemoryV2(memory, stats)
                                             : ReadMemoryV1(memory, stats));
  const ControllerFiles pids(cgroup, "pids");
  if (pids.exists()) {
    ASSIGN_OR_RETURN(const std::string count, pids.ReadOptional("pids.current"));
    stats.pids = Number(count);
  }
  return stats;
}

}  // namespace berth::runtime
