// SPDX-License-Identifier: Apache-2.0
#include "runtime/upkeep.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "base/checkpoint.h"
#include "base/status.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/cgroup/stats.h"

namespace berth::runtime {
namespace {

void SampleAll(RuntimeContext& context) {
  for (const auto& container : context.containers.All()) {
    if (!container->running()) {
      continue;
    }
    // One that has exited meanwhile has no figures, which is no news.
    if (auto stats = ReadStats(Cgroup(context.hierarchies, container->cgroup())); stats.ok()) {
      context.sampler.Sample(container->id(), stats->at, stats->cpu_usage_ns);
    }
  }
}

std::optional<uint64_t> Left(std::optional<uint64_t> limit, uint64_t used) {
  if (!limit.has_value()) {
    return std::nullopt;
  }
  return *limit > used ? *limit - used : 0;
}

// One round, which puts the next one on the agenda.
void Upkeep(RuntimeContext& context, const std::string& records_path, int64_t checkpointed) {
  SampleAll(context);
  const Records::Activity activity = context.records->activity();
  if (CheckpointIsDue(activity.changes - checkpointed, absl::Now() - activity.last)) {
    LogIfError(CheckpointRecords(records_path), "the records' log grows on");
    checkpointed = activity.changes;
  }
  context.agenda->At(absl::Now() + UsageSampler::kPeriod, [&context, records_path, checkpointed] {
    Upkeep(context, records_path, checkpointed);
  });
}

}  // namespace

void StartUpkeep(RuntimeContext& context, const std::string& records_path) {
  context.agenda->At(absl::Now() + UsageSampler::kPeriod,
                     [&context, records_path] { Upkeep(context, records_path, 0); });
}

absl::StatusOr<ContainerUsage> ReadUsage(RuntimeContext& context, const Container& container) {
  if (!container.running()) {
    return absl::FailedPreconditionError(
        absl::StrCat("container ", container.id(), " is not running"));
  }
  ASSIGN_OR_RETURN(const CgroupStats stats,
                   ReadStats(Cgroup(context.hierarchies, container.cgroup())));
  ContainerUsage usage;
  usage.at = stats.at;
  usage.cpu_ns = stats.cpu_usage_ns;
  usage.cpu_rate = context.sampler.Rate(container.id(), stats.at, stats.cpu_usage_ns);
  usage.memory_usage = stats.memory_usage;
  usage.memory_working_set = stats.memory_working_set;
  usage.memory_rss = stats.memory_rss;
  usage.memory_available = Left(stats.memory_limit, stats.memory_working_set);
  usage.page_faults = stats.page_faults;
  usage.major_page_faults = stats.major_page_faults;
  usage.swap_usage = stats.swap_usage;
  usage.swap_available = Left(stats.swap_limit, stats.swap_usage.value_or(0));
  usage.pids = stats.pids;
  return usage;
}

}  // namespace berth::runtime
