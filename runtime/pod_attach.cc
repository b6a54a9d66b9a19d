// SPDX-License-Identifier: Apache-2.0
#include "runtime/pod_attach.h"

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "runtime/pod_run.h"
#include "runtime/pod_table.h"

namespace berth::runtime {
namespace {

absl::Status CheckHasNetwork(const Pod& pod) {
  RETURN_IF_ERROR(pod.CheckReady());
  return pod.host_network() || !pod.extras().network_of.empty()
             ? absl::FailedPreconditionError(
                   absl::StrCat("pod ", pod.id(), " has no network of its own"))
             : absl::OkStatus();
}

}  // namespace

absl::Status AttachNetwork(RuntimeContext& context, const Call& call, Pod& pod,
                           const NetworkChoice& choice) {
  ASSIGN_OR_RETURN(OperationLock::Held held, pod.operations().Acquire(call, "attach a network"));
  RETURN_IF_ERROR(CheckHasNetwork(pod));
  // On record before there is something to undo; it may be the pod's first network.
  RETURN_IF_ERROR(ChangePod(context, pod, [](PodState& state) { state.attached = true; }));
  AttachmentRequest request = MakeAttachmentRequest(pod, pod.state().shim_pid);
  request.networks = {choice};
  return context.network->Attach(call, request).status();
}

absl::Status DetachNetwork(RuntimeContext& context, const Call& call, Pod& pod,
                           absl::string_view network) {
  ASSIGN_OR_RETURN(OperationLock::Held held, pod.operations().Acquire(call, "detach a network"));
  RETURN_IF_ERROR(CheckHasNetwork(pod));
  return context.network->Detach(call, pod.id(), pod.NetworkNamespace(pod.state().shim_pid),
                                 network);
}

}  // namespace berth::runtime
