// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"
#include "cri/messages.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/stream_pieces.h"
#include "cri/validation.h"

namespace berth::cri {
namespace {

google::protobuf::RepeatedPtrField<v1::PodSandbox> List(const runtime::PodRuntime& runtime,
                                                        const v1::PodSandboxFilter& filter) {
  google::protobuf::RepeatedPtrField<v1::PodSandbox> list;
  for (const runtime::PodSnapshot& pod : runtime.Pods()) {
    if (Matches(pod, filter)) {
      *list.Add() = ToPodSandbox(pod);
    }
  }
  return list;
}

}  // namespace

grpc::Status RuntimeService::ListPodSandbox(grpc::ServerContext* context,
                                            const v1::ListPodSandboxRequest* request,
                                            v1::ListPodSandboxResponse* response) {
  return ServeRpc("ListPodSandbox", context, metrics_, [&](const Call&) -> absl::Status {
    RETURN_IF_ERROR(ValidateFilter(request->filter()));
    *response->mutable_items() = List(runtime_, request->filter());
    return absl::OkStatus();
  });
}

grpc::Status RuntimeService::StreamPodSandboxes(
    grpc::ServerContext* context, const v1::StreamPodSandboxesRequest* request,
    grpc::ServerWriter<v1::StreamPodSandboxesResponse>* writer) {
  return ServeSlowRpc(
      "StreamPodSandboxes", context, metrics_, lists_, [&](const Call&) -> absl::Status {
        RETURN_IF_ERROR(ValidateFilter(request->filter()));
        return SendInPieces(List(runtime_, request->filter()),
                            &v1::StreamPodSandboxesResponse::mutable_pod_sandboxes, *writer);
      });
}

}  // namespace berth::cri
