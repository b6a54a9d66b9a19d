// SPDX-License-Identifier: Apache-2.0
#include "runtime/pod_update.h"

#include <algorithm>
#include <limits>

#include "base/status.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/resources.h"

namespace berth::runtime {
namespace {

constexpr int64_t kDefaultPeriod = 100000;  // µs

int64_t PeriodOf(const v1::LinuxContainerResources& resources) {
  return resources.cpu_period() > 0 ? resources.cpu_period() : kDefaultPeriod;
}

// Only what is limited gets more; an overhead alone limits nothing.
int64_t Add(int64_t limit, int64_t more) {
  if (limit <= 0 || more <= 0) {
    return limit;
  }
  return limit + std::min(more, std::numeric_limits<int64_t>::max() - limit);
}

// Of an overhead, in another period than its own.
int64_t QuotaIn(int64_t period, const v1::LinuxContainerResources& overhead) {
  constexpr auto kMost = static_cast<double>(int64_t{1} << 62);
  const double scale = static_cast<double>(period) / static_cast<double>(PeriodOf(overhead));
  return static_cast<int64_t>(
      std::clamp(static_cast<double>(overhead.cpu_quota()) * scale, 0.0, kMost));
}

}  // namespace

v1::LinuxContainerResources SumOf(const v1::LinuxContainerResources& overhead,
                                  const v1::LinuxContainerResources& resources) {
  v1::LinuxContainerResources sum = resources;
  sum.set_cpu_shares(Add(resources.cpu_shares(), overhead.cpu_shares()));
  sum.set_cpu_quota(Add(resources.cpu_quota(), QuotaIn(PeriodOf(resources), overhead)));
  const int64_t memory = overhead.memory_limit_in_bytes();
  sum.set_memory_limit_in_bytes(Add(resources.memory_limit_in_bytes(), memory));
  sum.set_memory_swap_limit_in_bytes(Add(resources.memory_swap_limit_in_bytes(), memory));
  return sum;
}

absl::Status UpdatePodResources(RuntimeContext& context, const Call& call,
                                const std::shared_ptr<Pod>& pod,
                                const v1::LinuxContainerResources& overhead,
                                const v1::LinuxContainerResources& resources) {
  ASSIGN_OR_RETURN(OperationLock::Held held, pod->operations().Acquire(call, "update pod"));
  RETURN_IF_ERROR(pod->CheckReady());
  RETURN_IF_ERROR(ToCgroupResources(overhead).status());
  const v1::PodSandboxConfig before = pod->Snapshot().config;
  v1::PodSandboxConfig after = before;
  v1::LinuxPodSandboxConfig& limits = *after.mutable_linux();
  *limits.mutable_overhead() = MergeResources(before.linux().overhead(), overhead);
  *limits.mutable_resources() = MergeResources(before.linux().resources(), resources);
  const Cgroup cgroup(context.hierarchies, pod->cgroup());
  ASSIGN_OR_RETURN(const CgroupResources sum,
                   ToCgroupResources(SumOf(limits.overhead(), limits.resources())));
  ASSIGN_OR_RETURN(const CgroupLimits current, cgroup.LimitsInForce());
  return cgroup.Change(PlanResources(context.hierarchies, sum, current), [&]() -> absl::Status {
    RETURN_IF_ERROR(context.records->SetPodConfig(pod->id(), after));
    pod->SetResources(limits);
    return absl::OkStatus();
  });
}

}  // namespace berth::runtime
