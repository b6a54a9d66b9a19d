// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "base/status.h"
#include "cri/messages.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/stats_reader.h"
#include "cri/stream_pieces.h"
#include "cri/validation.h"

namespace berth::cri {
namespace {

// A pod that ends meanwhile drops out of the list; the list never fails for it.
google::protobuf::RepeatedPtrField<v1::PodSandboxStats> List(
    const runtime::PodRuntime& runtime, const imageservice::ImageStore& images,
    const v1::PodSandboxStatsFilter& filter) {
  ContainersByPod containers = GroupByPod(runtime.Containers());
  google::protobuf::RepeatedPtrField<v1::PodSandboxStats> list;
  for (const runtime::PodSnapshot& pod : runtime.Pods()) {
    if (pod.state != v1::SANDBOX_READY || !Matches(pod, filter)) {
      continue;
    }
    absl::StatusOr<v1::PodSandboxStats> stats = ReadStats(pod, containers[pod.id], runtime, images);
    if (stats.ok()) {
      *list.Add() = *std::move(stats);
    }
  }
  return list;
}

}  // namespace

grpc::Status RuntimeService::PodSandboxStats(grpc::ServerContext* context,
                                             const v1::PodSandboxStatsRequest* request,
                                             v1::PodSandboxStatsResponse* response) {
  return ServeRpc("PodSandboxStats", context, metrics_, [&](const Call&) -> absl::Status {
    RETURN_IF_ERROR(ValidatePodId(request->pod_sandbox_id()));
    ASSIGN_OR_RETURN(const runtime::PodSnapshot pod, runtime_.FindPod(request->pod_sandbox_id()));
    ASSIGN_OR_RETURN(*response->mutable_stats(),
                     ReadStats(pod, runtime_.ContainersOf(pod.id), runtime_, images_));
    return absl::OkStatus();
  });
}

grpc::Status RuntimeService::ListPodSandboxStats(grpc::ServerContext* context,
                                                 const v1::ListPodSandboxStatsRequest* request,
                                                 v1::ListPodSandboxStatsResponse* response) {
  return ServeRpc("ListPodSandboxStats", context, metrics_, [&](const Call&) -> absl::Status {
    RETURN_IF_ERROR(ValidateFilter(request->filter()));
    *response->mutable_stats() = List(runtime_, images_, request->filter());
    return absl::OkStatus();
  });
}

grpc::Status RuntimeService::StreamPodSandboxStats(
    grpc::ServerContext* context, const v1::StreamPodSandboxStatsRequest* request,
    grpc::ServerWriter<v1::StreamPodSandboxStatsResponse>* writer) {
  return ServeSlowRpc(
      "StreamPodSandboxStats", context, metrics_, lists_, [&](const Call&) -> absl::Status {
        RETURN_IF_ERROR(ValidateFilter(request->filter()));
        return SendInPieces(List(runtime_, images_, request->filter()),
                            &v1::StreamPodSandboxStatsResponse::mutable_pod_sandbox_stats, *writer);
      });
}

}  // namespace berth::cri
