// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"
#include "cri/messages.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"

namespace berth::cri {
namespace {

absl::StatusOr<v1::ContainerStats> StatsOf(const runtime::ContainerSnapshot& container,
                                           const runtime::PodRuntime& runtime,
                                           const imageservice::ImageStore& images) {
  ASSIGN_OR_RETURN(runtime::ContainerUsage usage, runtime.Usage(container.id));
  v1::ContainerStats stats = ToContainerStats(container, usage);
  absl::StatusOr<imageservice::SnapshotUsage> layer = images.RootfsUsage(container.id);
  if (layer.ok()) {
    v1::FilesystemUsage& writable = *stats.mutable_writable_layer();
    writable.set_timestamp(absl::ToUnixNanos(layer->at));
    writable.mutable_fs_id()->set_mountpoint(images.Usage().mountpoint);
    writable.mutable_used_bytes()->set_value(layer->bytes);
    writable.mutable_inodes_used()->set_value(layer->inodes);
  }  // else not measured yet, or the container is going away
  return stats;
}

}  // namespace

grpc::Status RuntimeService::ContainerStats(grpc::ServerContext* context,
                                            const v1::ContainerStatsRequest* request,
                                            v1::ContainerStatsResponse* response) {
  return ServeRpc("ContainerStats", context, metrics_, [&](const Call&) -> absl::Status {
    ASSIGN_OR_RETURN(runtime::ContainerSnapshot container,
                     runtime_.FindContainer(request->container_id()));
    ASSIGN_OR_RETURN(*response->mutable_stats(), StatsOf(container, runtime_, images_));
    return absl::OkStatus();
  });
}

grpc::Status RuntimeService::ListContainerStats(grpc::ServerContext* context,
                                                const v1::ListContainerStatsRequest* request,
                                                v1::ListContainerStatsResponse* response) {
  return ServeRpc("ListContainerStats", context, metrics_, [&](const Call&) -> absl::Status {
    for (const runtime::ContainerSnapshot& container : runtime_.Containers()) {
      if (container.state != v1::CONTAINER_RUNNING || !Matches(container, request->filter())) {
        continue;
      }
      // A container that ends meanwhile drops out of the list; the list never fails for it.
      if (absl::StatusOr<v1::ContainerStats> stats = StatsOf(container, runtime_, images_);
          stats.ok()) {
        *response->add_stats() = *std::move(stats);
      }
    }
    return absl::OkStatus();
  });
}

}  // namespace berth::cri
