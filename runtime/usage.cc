// SPDX-License-Identifier: Apache-2.0
#include "runtime/usage.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/path.h"
#include "base/status.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/cgroup/stats.h"

namespace berth::runtime {
namespace {

std::optional<uint64_t> Left(std::optional<uint64_t> limit, uint64_t used) {
  if (!limit.has_value()) {
    return std::nullopt;
  }
  return *limit > used ? *limit - used : 0;
}

// One that has ended meanwhile has no figures, which is no news.
void Sample(RuntimeContext& context, const std::string& id, const std::string& cgroup) {
  const auto cpu = ReadCpuTime(Cgroup(context.hierarchies, cgroup));
  if (cpu.ok()) {
    context.sampler.Sample(id, SteadyNow(), *cpu);
  }
}

ContainerUsage UsageOf(RuntimeContext& context, const std::string& id, const CgroupStats& stats) {
  ContainerUsage usage;
  usage.at = stats.at;
  usage.cpu_ns = stats.cpu_usage_ns;
  usage.cpu_rate = context.sampler.Rate(id, SteadyNow(), stats.cpu_usage_ns);
  usage.memory_usage = stats.memory_usage;
  usage.memory_working_set = stats.memory_working_set;
  usage.memory_rss = stats.memory_rss;
  usage.memory_available = Left(stats.memory_limit, stats.memory_working_set);
  usage.page_faults = stats.page_faults;
  usage.major_page_faults = stats.major_page_faults;
  usage.swap_usage = stats.swap_usage;
  usage.swap_available = Left(stats.swap_limit, stats.swap_usage.value_or(0));
  usage.pids = stats.pids;
  usage.cpu_pressure = stats.cpu_pressure;
  usage.memory_pressure = stats.memory_pressure;
  usage.io_pressure = stats.io_pressure;
  return usage;
}

// The kubelet limits a pod by the cgroup that it names as parent, in which there is only this pod.
absl::StatusOr<CgroupStats> ReadPodStats(RuntimeContext& context, const Pod& pod) {
  ASSIGN_OR_RETURN(CgroupStats stats, ReadStats(Cgroup(context.hierarchies, pod.cgroup())));
  if (!stats.memory_limit.has_value() && !pod.config().linux().cgroup_parent().empty()) {
    const auto parent =
        Cgroup(context.hierarchies, std::string(ParentPath(pod.cgroup()))).MemoryLimit();
    if (parent.ok() && parent->has_value()) {
      stats.memory_limit = static_cast<uint64_t>(**parent);
    }
  }
  return stats;
}

const std::vector<std::string>& PageSizes() {
  static const auto& sizes =
      *new std::vector<std::string>(HugepageSizes("/sys/kernel/mm/hugepages"));
  return sizes;
}

absl::StatusOr<std::vector<int>> ProcessesIn(const RuntimeContext& context,
                                             const std::string& cgroup) {
  ASSIGN_OR_RETURN(std::vector<int> processes, Cgroup(context.hierarchies, cgroup).Processes());
  std::sort(processes.begin(), processes.end());
  processes.erase(std::unique(processes.begin(), processes.end()), processes.end());
  return processes;
}

}  // namespace

void SampleCpu(RuntimeContext& context) {
  for (const auto& container : context.containers.All()) {
    if (container->running()) {
      Sample(context, container->id(), container->cgroup());
    }
  }
  for (const auto& pod : context.pods.All()) {
    if (pod->ready()) {
      Sample(context, pod->id(), pod->cgroup());
    }
  }
}

absl::StatusOr<ContainerUsage> ReadUsage(RuntimeContext& context, const Container& container) {
  RETURN_IF_ERROR(container.CheckRunning());
  ASSIGN_OR_RETURN(const CgroupStats stats,
                   ReadStats(Cgroup(context.hierarchies, container.cgroup())));
  return UsageOf(context, container.id(), stats);
}

absl::StatusOr<PodUsage> ReadUsage(RuntimeContext& context, const Pod& pod) {
  RETURN_IF_ERROR(pod.CheckReady());
  ASSIGN_OR_RETURN(const CgroupStats stats, ReadPodStats(context, pod));
  ASSIGN_OR_RETURN(const std::vector<int> processes, ProcessesIn(context, pod.cgroup()));
  return PodUsage{UsageOf(context, pod.id(), stats), processes.size()};
}

absl::StatusOr<std::vector<int>> ReadProcesses(RuntimeContext& context,
                                               const Container& container) {
  RETURN_IF_ERROR(container.CheckRunning());
  return ProcessesIn(context, container.cgroup());
}

absl::StatusOr<Figures> ReadFigures(RuntimeContext& context, const Container& container) {
  RETURN_IF_ERROR(container.CheckRunning());
  const Cgroup cgroup(context.hierarchies, container.cgroup());
  Figures figures;
  figures.cgroup_path = container.cgroup();
  ASSIGN_OR_RETURN(figures.cgroup, ReadFigures(cgroup, PageSizes()));
  figures.processes = context.census.Of(container.id(), SteadyNow(), [&cgroup] {
    return CountProcesses("/proc", cgroup.Processes().value_or(std::vector<int>()));
  });
  return figures;
}

absl::StatusOr<Figures> ReadFigures(RuntimeContext& context, const Pod& pod) {
  RETURN_IF_ERROR(pod.CheckReady());
  Figures figures;
  figures.cgroup_path = pod.cgroup();
  ASSIGN_OR_RETURN(figures.cgroup,
                   ReadFigures(Cgroup(context.hierarchies, pod.cgroup()), PageSizes()));
  return figures;
}

}  // namespace berth::runtime
