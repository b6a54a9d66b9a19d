// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_update.h"

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/resources.h"

namespace berth::runtime {

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
  ASSIGN_OR_RETURN(const CgroupResources limits, ToCgroupResources(update));
  const Cgroup cgroup(context.hierarchies, container->cgroup());
  ASSIGN_OR_RETURN(const CgroupLimits current, cgroup.LimitsInForce());
  return cgroup.Change(PlanResources(context.hierarchies, limits, current), [&]() -> absl::Status {
    v1::ContainerConfig config = container->config();
    v1::LinuxContainerResources& resources = *config.mutable_linux()->mutable_resources();
    resources = MergeResources(resources, update);
    RETURN_IF_ERROR(context.records->SetContainerConfig(container->id(), config));
    container->SetResources(resources);
    return absl::OkStatus();
  });
}

}  // namespace berth::runtime
