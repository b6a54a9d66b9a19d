// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/figures.h"

#include <fcntl.h>
#include <unistd.h>

#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/status.h"
#include "base/sys/directory.h"
#include "runtime/cgroup/control_file.h"
#include "runtime/cgroup/controller_files.h"
#include "runtime/cgroup/resources.h"

namespace berth::runtime {
namespace {

constexpr uint64_t kNanosecondsPerSecond = 1'000'000'000;

using Words = std::vector<absl::string_view>;
using Devices = std::map<std::pair<uint32_t, uint32_t>, DeviceIo>;

// A file of one number that may be absent.
std::optional<uint64_t> Optional(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(NumberIn(text));
}

std::optional<uint64_t> Times(std::optional<uint64_t> value, uint64_t factor) {
  return value.has_value() ? std::optional(*value * factor) : std::nullopt;
}

void ReadCpuV1(const Cgroup& cgroup, CgroupFigures& figures) {
  static const uint64_t tick_ns =
      kNanosecondsPerSecond / static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
  const std::string accounting = ControllerFiles(cgroup, "cpuacct").ReadOptional("cpuacct.stat");
  figures.cpu_user_ns = Times(FindKeyed(accounting, "user"), tick_ns);
  figures.cpu_system_ns = Times(FindKeyed(accounting, "system"), tick_ns);
  const ControllerFiles cpu(cgroup, "cpu");
  const std::string stat = cpu.ReadOptional("cpu.stat");
  figures.cfs_periods = FindKeyed(stat, "nr_periods");
  figures.throttled_periods = FindKeyed(stat, "nr_throttled");
  figures.throttled_ns = FindKeyed(stat, "throttled_time");
  figures.cpu_shares = Optional(cpu.ReadOptional("cpu.shares"));
  figures.cpu_period = Optional(cpu.ReadOptional("cpu.cfs_period_us"));
  const uint64_t quota = NumberIn(cpu.ReadOptional("cpu.cfs_quota_us"));  // -1 is no number
  figures.cpu_quota = quota > 0 ? std::optional(quota) : std::nullopt;
}

void ReadCpuV2(const Cgroup& cgroup, CgroupFigures& figures) {
  const std::string& stat = figures.stats.cpu_stat;
  figures.cpu_user_ns = Times(FindKeyed(stat, "user_usec"), kNanosecondsPerMicrosecond);
  figures.cpu_system_ns = Times(FindKeyed(stat, "system_usec"), kNanosecondsPerMicrosecond);
  figures.cfs_periods = FindKeyed(stat, "nr_periods");
  figures.throttled_periods = FindKeyed(stat, "nr_throttled");
  figures.throttled_ns = Times(FindKeyed(stat, "throttled_usec"), kNanosecondsPerMicrosecond);
  const ControllerFiles cpu(cgroup, "cpu");
  if (const uint64_t weight = NumberIn(cpu.ReadOptional("cpu.weight")); weight > 0) {
    figures.cpu_shares = CpuShares(weight);
  }
  const std::string max = cpu.ReadOptional("cpu.max");
  const Words words = absl::StrSplit(absl::StripAsciiWhitespace(max), ' ', absl::SkipEmpty());
  if (words.size() == 2) {
    figures.cpu_period = NumberIn(words[1]);
    figures.cpu_quota = ParseLimit(words[0]);
  }
}

void ReadMemoryV1(const ControllerFiles& memory, CgroupFigures& figures) {
  const std::string& stat = figures.stats.memory_stat;
  figures.memory_cache = Keyed(stat, "total_cache");
  figures.memory_mapped = Keyed(stat, "total_mapped_file");
  figures.own_page_faults = Keyed(stat, "pgfault");
  figures.own_major_page_faults = Keyed(stat, "pgmajfault");
  figures.memory_max = Optional(memory.ReadOptional("memory.max_usage_in_bytes"));
  figures.memory_failures = NumberIn(memory.ReadOptional("memory.failcnt"));
  figures.kernel_memory = Optional(memory.ReadOptional("memory.kmem.usage_in_bytes"));
  figures.oom_kills = FindKeyed(memory.ReadOptional("memory.oom_control"), "oom_kill");
  figures.memory_reservation = ParseLimit(memory.ReadOptional("memory.soft_limit_in_bytes"));
}

void ReadMemoryV2(const ControllerFiles& memory, CgroupFigures& figures) {
  const std::string& stat = figures.stats.memory_stat;
  figures.memory_cache = Keyed(stat, "file");
  figures.memory_mapped = Keyed(stat, "file_mapped");
  figures.own_page_faults = figures.stats.page_faults;  // it does not tell them apart
  figures.own_major_page_faults = figures.stats.major_page_faults;
  figures.memory_max = Optional(memory.ReadOptional("memory.peak"));
  figures.kernel_memory = FindKeyed(stat, "kernel");
  figures.oom_kills = FindKeyed(memory.ReadOptional("memory.events"), "oom_kill");
  const uint64_t low = NumberIn(memory.ReadOptional("memory.low"));
  figures.memory_reservation = low > 0 ? std::optional(low) : std::nullopt;
}

void ReadHugepages(const Cgroup& cgroup, const std::vector<std::string>& sizes,
                   CgroupFigures& figures) {
  const ControllerFiles files(cgroup, "hugetlb");
  if (!files.exists()) {
    return;
  }
  const bool v2 = cgroup.IsUnified("hugetlb");
  for (const std::string& size : sizes) {
    const std::string usage =
        files.ReadOptional(absl::StrCat("hugetlb.", size, v2 ? ".current" : ".usage_in_bytes"));
    if (usage.empty()) {
      continue;
    }
    const std::string max =
        v2 ? "" : files.ReadOptional(absl::StrCat("hugetlb.", size, ".max_usage_in_bytes"));
    figures.hugepages.push_back({size, NumberIn(usage), Optional(max)});
  }
}

std::vector<DeviceIo> ReadIo(const Cgroup& cgroup) {
  if (cgroup.IsUnified("io")) {
    return ParseIoV2(ControllerFiles(cgroup, "io").ReadOptional("io.stat"));
  }
  const ControllerFiles files(cgroup, "blkio");
  return ParseIoV1(files.ReadOptional("blkio.throttle.io_service_bytes_recursive"),
                   files.ReadOptional("blkio.throttle.io_serviced_recursive"));
}

// "8:0"; null when it is not of that form.
DeviceIo* FindDevice(Devices& devices, absl::string_view name) {
  const std::pair<absl::string_view, absl::string_view> numbers =
      absl::StrSplit(name, absl::MaxSplits(':', 1));
  std::pair<uint32_t, uint32_t> key;
  if (!absl::SimpleAtoi(numbers.first, &key.first) ||
      !absl::SimpleAtoi(numbers.second, &key.second)) {
    return nullptr;
  }
  DeviceIo& device = devices[key];
  device.major = key.first;
  device.minor = key.second;
  return &device;
}

// Lines "8:0 Read 4096".
void AddLinesV1(absl::string_view text, uint64_t DeviceIo::*read, uint64_t DeviceIo::*written,
                Devices& devices) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const Words words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.size() != 3 || (words[1] != "Read" && words[1] != "Write")) {
      continue;
    }
    if (DeviceIo* device = FindDevice(devices, words[0]); device != nullptr) {
      device->*(words[1] == "Read" ? read : written) = NumberIn(words[2]);
    }
  }
}

void SetFieldV2(absl::string_view field, DeviceIo& device) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(field, absl::MaxSplits('=', 1));
  const uint64_t value = NumberIn(parts.second);
  if (parts.first == "rbytes") {
    device.read_bytes = value;
  } else if (parts.first == "wbytes") {
    device.written_bytes = value;
  } else if (parts.first == "rios") {
    device.reads = value;
  } else if (parts.first == "wios") {
    device.writes = value;
  }
}

std::vector<DeviceIo> ListOf(const Devices& devices) {
  std::vector<DeviceIo> list;
  list.reserve(devices.size());
  for (const auto& [key, device] : devices) {
    list.push_back(device);
  }
  return list;
}

}  // namespace

absl::StatusOr<CgroupFigures> ReadFigures(const Cgroup& cgroup,
                                          const std::vector<std::string>& page_sizes) {
  CgroupFigures figures;
  ASSIGN_OR_RETURN(figures.stats, ReadStats(cgroup));
  cgroup.IsUnified("cpu") ? ReadCpuV2(cgroup, figures) : ReadCpuV1(cgroup, figures);
  const ControllerFiles memory(cgroup, "memory");
  cgroup.IsUnified("memory") ? ReadMemoryV2(memory, figures) : ReadMemoryV1(memory, figures);
  figures.pids_limit = ParseLimit(ControllerFiles(cgroup, "pids").ReadOptional("pids.max"));
  ReadHugepages(cgroup, page_sizes, figures);
  figures.devices = ReadIo(cgroup);
  return figures;
}

std::vector<std::string> HugepageSizes(const std::string& path) {
  constexpr uint64_t kKilo = 1024;
  std::vector<std::string> sizes;
  sys::ErrnoOr<sys::DirectoryReader> reader = sys::DirectoryReader::Open(AT_FDCWD, path.c_str());
  while (reader.ok()) {
    const sys::ErrnoOr<const dirent*> entry = reader->Next();
    if (!entry.ok() || *entry == nullptr) {
      break;
    }
    absl::string_view name = (*entry)->d_name;
    uint64_t size = 0;
    if (!absl::ConsumePrefix(&name, "hugepages-") || !absl::ConsumeSuffix(&name, "kB") ||
        !absl::SimpleAtoi(name, &size)) {
      continue;
    }
    sizes.push_back(size >= kKilo * kKilo ? absl::StrCat(size / kKilo / kKilo, "GB")
                    : size >= kKilo       ? absl::StrCat(size / kKilo, "MB")
                                          : absl::StrCat(size, "KB"));
  }
  return sizes;
}

std::vector<DeviceIo> ParseIoV1(absl::string_view bytes, absl::string_view operations) {
  Devices devices;
  AddLinesV1(bytes, &DeviceIo::read_bytes, &DeviceIo::written_bytes, devices);
  AddLinesV1(operations, &DeviceIo::reads, &DeviceIo::writes, devices);
  return ListOf(devices);
}

std::vector<DeviceIo> ParseIoV2(absl::string_view text) {
  Devices devices;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const Words words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.size() < 2) {
      continue;  // one that was never used may have no fields
    }
    if (DeviceIo* device = FindDevice(devices, words[0]); device != nullptr) {
      for (size_t i = 1; i < words.size(); ++i) {
        SetFieldV2(words[i], *device);
      }
    }
  }
  return ListOf(devices);
}

uint64_t CpuShares(uint64_t weight) {
  uint64_t low = kMinCpuShares;  // has the weight 1, the least there is
  uint64_t high = kMaxCpuShares;
  while (low < high) {
    const uint64_t middle = (low + high + 1) / 2;
    if (CpuWeight(middle) <= weight) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

}  // namespace berth::runtime
