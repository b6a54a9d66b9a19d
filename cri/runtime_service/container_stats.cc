// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"
#include "cri/messages.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/stats_reader.h"
#include "cri/stream_pieces.h"
#include "cri/validation.h"

namespace berth::cri {
namespace {

// A container that ends meanwhile drops out of the list; the list never fails for it.
google::protobuf::RepeatedPtrField<v1::ContainerStats> List(
    const runtime::PodRuntime& runtime, const imageservice::ImageStore& images,
    const v1::ContainerStatsFilter& filter) {
  google::protobuf::RepeatedPtrField<v1::ContainerStats> list;
  for (const runtime::ContainerSnapshot& container : runtime.Containers()) {
    if (container.state != v1::CONTAINER_RUNNING || !Matches(container, filter)) {
      continue;
    }
    if (absl::StatusOr<v1::ContainerStats> stats = ReadStats(container, runtime, images);
        stats.ok()) {
      *list.Add() = *std::move(stats);
    }
  }
  return list;
}

}  // namespace

grpc::Status RuntimeService::ContainerStats(grpc::ServerContext* context,
                                            const v1::ContainerStatsRequest* request,
                                            v1::ContainerStatsResponse* response) {
  return ServeRpc("ContainerStats", context, metrics_, [&](const Call&) -> absl::Status {
    RETURN_IF_ERROR(ValidateContainerId(request->container_id()));
    ASSIGN_OR_RETURN(runtime::ContainerSnapshot container,
                     runtime_.FindContainer(request->container_id()));
    ASSIGN_OR_RETURN(*response->mutable_stats(), ReadStats(container, runtime_, images_));
    return absl::OkStatus();
  });
}

grpc::Status RuntimeService::ListContainerStats(grpc::ServerContext* context,
                                                const v1::ListContainerStatsRequest* request,
                                                v1::ListContainerStatsResponse* response) {
  return ServeRpc("ListContainerStats", context, metrics_, [&](const Call&) -> absl::Status {
    RETURN_IF_ERROR(ValidateFilter(request->filter()));
    *response->mutable_stats() = List(runtime_, images_, request->filter());
    return absl::OkStatus();
  });
}

grpc::Status RuntimeService::StreamContainerStats(
    grpc::ServerContext* context, const v1::StreamContainerStatsRequest* request,
    grpc::ServerWriter<v1::StreamContainerStatsResponse>* writer) {
  return ServeSlowRpc(
      "StreamContainerStats", context, metrics_, lists_, [&](const Call&) -> absl::Status {
        RETURN_IF_ERROR(ValidateFilter(request->filter()));
        return SendInPieces(List(runtime_, images_, request->filter()),
                            &v1::StreamContainerStatsResponse::mutable_container_stats, *writer);
      });
}

}  // namespace berth::cri
