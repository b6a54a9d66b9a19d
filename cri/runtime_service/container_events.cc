// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"
#include "cri/messages.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "runtime/event_queue.h"

namespace berth::cri {
namespace {

absl::Status SendEvents(const Call& call, runtime::EventQueue& queue,
                        grpc::ServerWriter<v1::ContainerEventResponse>& writer) {
  writer.SendInitialMetadata();  // from here on the client misses nothing
  while (true) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const runtime::ContainerEvent> event, queue.Take(call));
    if (!writer.Write(ToContainerEvent(*event))) {
      return absl::CancelledError("the client takes no more events");
    }
  }
}

}  // namespace

grpc::Status RuntimeService::GetContainerEvents(
    grpc::ServerContext* context, const v1::GetEventsRequest*,
    grpc::ServerWriter<v1::ContainerEventResponse>* writer) {
  return ServeSlowRpc("GetContainerEvents", context, metrics_, events_, [&](const Call& call) {
    const absl::Status ended = SendEvents(call, *runtime_.SubscribeToEvents(), *writer);
    return absl::IsCancelled(ended) ? absl::OkStatus() : ended;  // how a stream ends
  });
}

}  // namespace berth::cri
