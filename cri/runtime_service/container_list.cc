// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"
#include "cri/messages.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/stream_pieces.h"
#include "cri/validation.h"

namespace berth::cri {
namespace {

google::protobuf::RepeatedPtrField<v1::Container> List(const runtime::PodRuntime& runtime,
                                                       const v1::ContainerFilter& filter) {
  google::protobuf::RepeatedPtrField<v1::Container> list;
  for (const runtime::ContainerSnapshot& container : runtime.Containers()) {
    if (Matches(container, filter)) {
      *list.Add() = ToContainer(container);
    }
  }
  return list;
}

}  // namespace

grpc::Status RuntimeService::ListContainers(grpc::ServerContext* context,
                                            const v1::ListContainersRequest* request,
                                            v1::ListContainersResponse* response) {
  return ServeRpc("ListContainers", context, metrics_, [&](const Call&) -> absl::Status {
    RETURN_IF_ERROR(ValidateFilter(request->filter()));
    *response->mutable_containers() = List(runtime_, request->filter());
    return absl::OkStatus();
  });
}

grpc::Status RuntimeService::StreamContainers(
    grpc::ServerContext* context, const v1::StreamContainersRequest* request,
    grpc::ServerWriter<v1::StreamContainersResponse>* writer) {
  return ServeSlowRpc(
      "StreamContainers", context, metrics_, lists_, [&](const Call&) -> absl::Status {
        RETURN_IF_ERROR(ValidateFilter(request->filter()));
        return SendInPieces(List(runtime_, request->filter()),
                            &v1::StreamContainersResponse::mutable_containers, *writer);
      });
}

}  // namespace berth::cri
