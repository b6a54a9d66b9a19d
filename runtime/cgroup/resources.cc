// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/resources.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace berth::runtime {
namespace {

constexpr uint64_t kMaxWeight = 10000;
constexpr char kBfqWeightFile[] = "io.bfq.weight";  // there as long as that scheduler is

std::string LimitV2(int64_t value) {
  return value < 0 ? "max" : absl::StrCat(value);
}

// Collects writes, leaving out those of controllers that the node lacks.
class WriteList {
 public:
  explicit WriteList(const CgroupHierarchies& hierarchies) : hierarchies_(hierarchies) {}

  bool Has(const std::string& controller) const {
    return hierarchies_.controllers.count(controller) > 0;
  }
  bool V2(const std::string& controller) const { return hierarchies_.IsUnified(controller); }

  void Add(const std::string& controller, std::string file, std::string value,
           bool optional = false) {
    if (Has(controller)) {
      writes_.push_back({controller, std::move(file), std::move(value), optional});
    }
  }
  std::vector<CgroupWrite> Take() { return std::move(writes_); }

 private:
  const CgroupHierarchies& hierarchies_;
  std::vector<CgroupWrite> writes_;
};

// "max 100000"; without a period the kernel leaves the present one.
void AddCpuMax(const CgroupResources& resources, std::optional<int64_t> current_quota,
               WriteList& writes) {
  const int64_t quota = resources.cpu_quota.value_or(current_quota.value_or(-1));
  const std::string period =
      resources.cpu_period.has_value() ? absl::StrCat(" ", *resources.cpu_period) : "";
  if (resources.cpu_quota.has_value() || resources.cpu_period.has_value()) {
    writes.Add("cpu", "cpu.max", absl::StrCat(LimitV2(quota), period));
  }
}

void AddCpu(const CgroupResources& resources, std::optional<int64_t> current_quota,
            WriteList& writes) {
  const bool v2 = writes.V2("cpu");
  if (resources.cpu_shares.has_value()) {
    const auto shares =
        static_cast<uint64_t>(std::max<int64_t>(*resources.cpu_shares, kMinCpuShares));
    if (v2) {
      writes.Add("cpu", "cpu.weight", absl::StrCat(CpuWeight(shares)));
    } else {
      writes.Add("cpu", "cpu.shares", absl::StrCat(std::min(shares, kMaxCpuShares)));
    }
  }
  if (v2) {
    AddCpuMax(resources, current_quota, writes);
    return;
  }
  if (resources.cpu_period.has_value()) {
    writes.Add("cpu", "cpu.cfs_period_us", absl::StrCat(*resources.cpu_period));
  }
  if (resources.cpu_quota.has_value()) {
    writes.Add("cpu", "cpu.cfs_quota_us", absl::StrCat(*resources.cpu_quota));
  }
}

// The kernel refuses a memory limit above the limit of memory and swap, at every moment.
void AddMemoryV1(const CgroupResources& resources, std::optional<int64_t> current,
                 WriteList& writes) {
  const auto add_limit = [&] {
    if (resources.memory_limit.has_value()) {
      writes.Add("memory", "memory.limit_in_bytes", absl::StrCat(*resources.memory_limit));
    }
  };
  const auto add_sum = [&] {
    if (resources.memory_and_swap.has_value()) {
      writes.Add("memory", "memory.memsw.limit_in_bytes", absl::StrCat(*resources.memory_and_swap),
                 /*optional=*/true);  // absent without swap accounting
    }
  };
  const bool raised = current.has_value() && resources.memory_limit.has_value() &&
                      (*resources.memory_limit < 0 || *resources.memory_limit > *current);
  if (raised) {
    add_sum();
    add_limit();
  } else {
    add_limit();
    add_sum();
  }
}

void AddMemoryV2(const CgroupResources& resources, WriteList& writes) {
  if (resources.memory_limit.has_value()) {
    writes.Add("memory", "memory.max", LimitV2(*resources.memory_limit));
  }
  if (!resources.memory_and_swap.has_value()) {
    return;
  }
  const int64_t limit = resources.memory_limit.value_or(0);
  const int64_t sum = *resources.memory_and_swap;
  const int64_t swap = sum < 0 || limit < 0 ? -1 : std::max<int64_t>(0, sum - limit);
  writes.Add("memory", "memory.swap.max", LimitV2(swap), /*optional=*/true);
}

void AddCpuset(const CgroupResources& resources, WriteList& writes) {
  if (resources.cpuset_cpus.has_value()) {
    writes.Add("cpuset", "cpuset.cpus", *resources.cpuset_cpus);
  }
  if (resources.cpuset_mems.has_value()) {
    writes.Add("cpuset", "cpuset.mems", *resources.cpuset_mems);
  }
}

void AddHugepages(const CgroupResources& resources, WriteList& writes) {
  const absl::string_view suffix = writes.V2("hugetlb") ? "max" : "limit_in_bytes";
  for (const auto& [size, limit] : resources.hugepages) {
    writes.Add("hugetlb", absl::StrCat("hugetlb.", size, ".", suffix), absl::StrCat(limit),
               /*optional=*/true);
    writes.Add("hugetlb", absl::StrCat("hugetlb.", size, ".rsvd.", suffix), absl::StrCat(limit),
               /*optional=*/true);
  }
}

// "8:0 rbps=1048576 wiops=max" is a file of v1 for each of its keys; there 0 is no limit.
void AddThrottlesV1(absl::string_view line, WriteList& writes) {
  static constexpr std::pair<absl::string_view, absl::string_view> kFiles[] = {
      {"rbps", "blkio.throttle.read_bps_device"},
      {"wbps", "blkio.throttle.write_bps_device"},
      {"riops", "blkio.throttle.read_iops_device"},
      {"wiops", "blkio.throttle.write_iops_device"}};
  const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
  for (size_t i = 1; i < words.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> limit =
        absl::StrSplit(words[i], absl::MaxSplits('=', 1));
    for (const auto& [key, file] : kFiles) {
      if (limit.first == key) {
        writes.Add("blkio", std::string(file),
                   absl::StrCat(words[0], " ", limit.second == "max" ? "0" : limit.second));
      }
    }
  }
}

// What v1 has too, under names of its own; and what it alone has.
void AddLineV1(const std::string& file, absl::string_view line, WriteList& writes) {
  if (file == "memory.low") {
    writes.Add("memory", "memory.soft_limit_in_bytes", line == "max" ? "-1" : std::string(line));
  } else if (file == "memory.swappiness" || file == "memory.oom_control") {
    writes.Add("memory", file, std::string(line));
  } else if (file == kBfqWeightFile) {
    const bool is_of_device = line.find(':') != absl::string_view::npos;
    writes.Add("blkio", is_of_device ? "blkio.bfq.weight_device" : "blkio.bfq.weight",
               std::string(line), /*optional=*/true);
  } else if (file == "io.max") {
    AddThrottlesV1(line, writes);
  }
}

void AddUnified(const CgroupResources& resources, WriteList& writes) {
  for (const auto& [file, content] : resources.unified) {
    const std::string controller = file.substr(0, file.find('.'));
    for (absl::string_view line : absl::StrSplit(content, '\n', absl::SkipEmpty())) {
      if (writes.V2(controller)) {
        writes.Add(controller, file, std::string(line), /*optional=*/file == kBfqWeightFile);
      } else {
        AddLineV1(file, line, writes);
      }
    }
  }
}

}  // namespace

uint64_t CpuWeight(uint64_t shares) {
  if (shares <= kMinCpuShares) {
    return 1;
  }
  if (shares >= kMaxCpuShares) {
    return kMaxWeight;
  }
  const double l = std::log2(static_cast<double>(shares));
  const double exponent = (l * l + 125 * l) / 612 - 7.0 / 34;
  return static_cast<uint64_t>(std::ceil(std::pow(10, exponent)));
}

std::vector<CgroupWrite> PlanResources(const CgroupHierarchies& hierarchies,
                                       const CgroupResources& resources,
                                       const CgroupLimits& current) {
  WriteList writes(hierarchies);
  AddCpu(resources, current.cpu_quota, writes);
  if (writes.V2("memory")) {
    AddMemoryV2(resources, writes);
  } else {
    AddMemoryV1(resources, current.memory, writes);
  }
  AddCpuset(resources, writes);
  if (resources.pids_limit.has_value()) {
    writes.Add("pids", "pids.max", LimitV2(*resources.pids_limit));
  }
  AddHugepages(resources, writes);
  AddUnified(resources, writes);
  return writes.Take();
}

}  // namespace berth::runtime
