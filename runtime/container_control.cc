// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_control.h"

#include "base/status.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/container.h"
#include "runtime/timeouts.h"

namespace berth::runtime {

absl::Status SignalContainer(const Call& call, const Container& container, int signal) {
  RETURN_IF_ERROR(container.CheckRunning());
  return container.pod()->shim().Signal(call.Within(kShimAnswerTimeout), container.id(), signal,
                                        /*all_processes=*/false);
}

absl::Status ResizeTerminal(const Call& call, const Container& container, uint16_t rows,
                            uint16_t columns) {
  RETURN_IF_ERROR(container.CheckRunning());
  return container.pod()->shim().Resize(call.Within(kShimAnswerTimeout), container.id(), rows,
                                        columns);
}

absl::Status SetFrozen(RuntimeContext& context, const Call& call, const Container& container,
                       bool frozen) {
  ASSIGN_OR_RETURN(OperationLock::Held held,
                   container.pod()->operations().Acquire(call, "freeze container"));
  RETURN_IF_ERROR(container.CheckRunning());
  return Cgroup(context.hierarchies, container.cgroup()).SetFrozen(frozen);
}

absl::StatusOr<bool> IsFrozen(const RuntimeContext& context, const Container& container) {
  RETURN_IF_ERROR(container.CheckRunning());
  return Cgroup(context.hierarchies, container.cgroup()).IsFrozen();
}

}  // namespace berth::runtime
