// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "runtime/cgroup/cgroup.h"
#include "runtime/cgroup/stats.h"

namespace berth::runtime {

struct HugepageFigures {
  std::string size;  // 2MB
  uint64_t bytes = 0;
  std::optional<uint64_t> max_bytes;
};

struct DeviceIo {
  uint32_t major = 0;
  uint32_t minor = 0;
  uint64_t read_bytes = 0, written_bytes = 0;
  uint64_t reads = 0, writes = 0;
};

// All that a cgroup counts, for metrics: what CgroupStats has, and more. What this kernel does not
// tell is unset.
struct CgroupFigures {
  CgroupStats stats;
  std::optional<uint64_t> cpu_user_ns, cpu_system_ns;
  std::optional<uint64_t> cfs_periods, throttled_periods, throttled_ns;
  std::optional<uint64_t> memory_max, kernel_memory;
  uint64_t memory_cache = 0, memory_mapped = 0, memory_failures = 0;
  uint64_t own_page_faults = 0, own_major_page_faults = 0;  // without those of cgroups below
  std::optional<uint64_t> oom_kills;
  std::optional<uint64_t> pids_limit;
  std::optional<uint64_t> cpu_period, cpu_quota, cpu_shares;
  std::optional<uint64_t> memory_reservation;
  std::vector<HugepageFigures> hugepages;
  std::vector<DeviceIo> devices;
};

// NotFound when the cgroup is gone. `page_sizes` are those of HugepageSizes.
absl::StatusOr<CgroupFigures> ReadFigures(const Cgroup& cgroup,
                                          const std::vector<std::string>& page_sizes);

// How cgroupfs writes the sizes that are directories below `path`, /sys/kernel/mm/hugepages but in
// tests: 2MB for hugepages-2048kB.
std::vector<std::string> HugepageSizes(const std::string& path);

// Pure: blkio.throttle.io_service_bytes and io_serviced of version 1.
std::vector<DeviceIo> ParseIoV1(absl::string_view bytes, absl::string_view operations);
// Pure: io.stat of version 2.
std::vector<DeviceIo> ParseIoV2(absl::string_view text);
// Pure: the most shares to which CpuWeight gives this weight or less.
uint64_t CpuShares(uint64_t weight);

}  // namespace berth::runtime
