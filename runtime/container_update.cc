// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_update.h"

#include <optional>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/resources.h"

namespace berth::runtime {
namespace {

absl::Status ApplyResources(RuntimeContext& context, const Cgroup& cgroup,
                            const CgroupResources& resources) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> limit, cgroup.MemoryLimit());
  return cgroup.Apply(PlanResources(context.hierarchies, resources, limit));
}

// What was never limited has no value to go back to but "none".
CgroupResources WithoutLimits() {
  CgroupResources resources;
  resources.cpu_quota = -1;
  resources.memory_limit = -1;
  resources.memory_and_swap = -1;
  return resources;
}

CgroupResources BackTo(CgroupResources before, const CgroupResources& tried) {
  const CgroupResources none = WithoutLimits();
  auto restore = [](auto& field, const auto& attempted, const auto& fallback) {
    if (!field.has_value() && attempted.has_value()) {
      field = fallback;
    }
  };
  restore(before.cpu_quota, tried.cpu_quota, none.cpu_quota);
  restore(before.memory_limit, tried.memory_limit, none.memory_limit);
  restore(before.memory_and_swap, tried.memory_and_swap, none.memory_and_swap);
  return before;
}

}  // namespace

absl::Status UpdateResources(RuntimeContext& context, const Call& call,
                             const std::shared_ptr<Container>& container,
                             const v1::LinuxContainerResources& update) {
  ASSIGN_OR_RETURN(OperationLock::Held held,
                   container->pod()->operations().Acquire(call, "update container"));
  const ContainerPhase phase = container->state().phase;
  if (phase != ContainerPhase::kCreated && phase != ContainerPhase::kRunning) {
    return absl::FailedPreconditionError(
        absl::StrCat("container ", container->id(), " is neither created nor running"));
  }
  const v1::LinuxContainerResources before = container->config().linux().resources();
  ASSIGN_OR_RETURN(const CgroupResources old_limits, ToCgroupResources(before));
  ASSIGN_OR_RETURN(const CgroupResources new_limits, ToCgroupResources(update));
  const Cgroup cgroup(context.hierarchies, container->cgroup());
  absl::Status changed = ApplyResources(context, cgroup, new_limits);
  if (changed.ok()) {
    container->SetResources(MergeResources(before, update));
    changed = context.records->SetContainerConfig(container->id(), container->config());
  }
  if (!changed.ok()) {
    container->SetResources(before);
    LogIfError(ApplyResources(context, cgroup, BackTo(old_limits, new_limits)),
               "ignored: going back to the resources from before an update that failed");
  }
  return changed;
}

}  // namespace berth::runtime
