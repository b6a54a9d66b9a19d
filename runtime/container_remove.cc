// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_remove.h"

#include "base/log.h"
#include "base/status.h"
#include "runtime/bundle_files.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/container_kill.h"
#include "runtime/pod_table.h"
#include "runtime/timeouts.h"

namespace berth::runtime {

absl::Status RemoveContainer(RuntimeContext& context, const Call& call,
                             const std::shared_ptr<Container>& container) {
  container->BeginRemoval();
  RETURN_IF_ERROR(container->EndStart(call));
  ASSIGN_OR_RETURN(OperationLock::Held held,
                   container->pod()->operations().Acquire(call, "remove container"));
  RETURN_IF_ERROR(KillContainer(context, call, container));
  const Cgroup cgroup(context.hierarchies, container->cgroup());
  RETURN_IF_ERROR(cgroup.Kill(call.Within(kKillTimeout).deadline()));
  RETURN_IF_ERROR(DeleteFromRuntime(context, call, *container));
  RETURN_IF_ERROR(cgroup.Remove());
  RETURN_IF_ERROR(RemoveBundle(*container->pod(), container->id()));
  RETURN_IF_ERROR(context.records->RemoveContainer(container->id()));
  LogInfo("container removed", {{"container", container->id()}});
  EraseContainer(context, *container);
  return absl::OkStatus();
}

}  // namespace berth::runtime
