// SPDX-License-Identifier: Apache-2.0
#include "cri/rpc.h"
#include "cri/runtime_service.h"

namespace berth::cri {

grpc::Status RuntimeService::PodSandboxStats(grpc::ServerContext* context,
                                             const v1::PodSandboxStatsRequest*,
                                             v1::PodSandboxStatsResponse*) {
  return RefuseRpc("PodSandboxStats", context, metrics_);
}

grpc::Status RuntimeService::ListPodSandboxStats(grpc::ServerContext* context,
                                                 const v1::ListPodSandboxStatsRequest*,
                                                 v1::ListPodSandboxStatsResponse*) {
  return RefuseRpc("ListPodSandboxStats", context, metrics_);
}

grpc::Status RuntimeService::UpdatePodSandboxResources(grpc::ServerContext* context,
                                                       const v1::UpdatePodSandboxResourcesRequest*,
                                                       v1::UpdatePodSandboxResourcesResponse*) {
  return RefuseRpc("UpdatePodSandboxResources", context, metrics_);
}

grpc::Status RuntimeService::CheckpointContainer(grpc::ServerContext* context,
                                                 const v1::CheckpointContainerRequest*,
                                                 v1::CheckpointContainerResponse*) {
  return RefuseRpc("CheckpointContainer", context, metrics_);
}

grpc::Status RuntimeService::CheckpointPod(grpc::ServerContext* context,
                                           const v1::CheckpointPodRequest*,
                                           v1::CheckpointPodResponse*) {
  return RefuseRpc("CheckpointPod", context, metrics_);
}

grpc::Status RuntimeService::RestorePod(grpc::ServerContext* context, const v1::RestorePodRequest*,
                                        v1::RestorePodResponse*) {
  return RefuseRpc("RestorePod", context, metrics_);
}

grpc::Status RuntimeService::ListMetricDescriptors(grpc::ServerContext* context,
                                                   const v1::ListMetricDescriptorsRequest*,
                                                   v1::ListMetricDescriptorsResponse*) {
  return RefuseRpc("ListMetricDescriptors", context, metrics_);
}

grpc::Status RuntimeService::ListPodSandboxMetrics(grpc::ServerContext* context,
                                                   const v1::ListPodSandboxMetricsRequest*,
                                                   v1::ListPodSandboxMetricsResponse*) {
  return RefuseRpc("ListPodSandboxMetrics", context, metrics_);
}

grpc::Status RuntimeService::GetContainerEvents(grpc::ServerContext* context,
                                                const v1::GetEventsRequest*,
                                                grpc::ServerWriter<v1::ContainerEventResponse>*) {
  return RefuseRpc("GetContainerEvents", context, metrics_);
}

grpc::Status RuntimeService::StreamPodSandboxes(
    grpc::ServerContext* context, const v1::StreamPodSandboxesRequest*,
    grpc::ServerWriter<v1::StreamPodSandboxesResponse>*) {
  return RefuseRpc("StreamPodSandboxes", context, metrics_);
}

grpc::Status RuntimeService::StreamContainers(grpc::ServerContext* context,
                                              const v1::StreamContainersRequest*,
                                              grpc::ServerWriter<v1::StreamContainersResponse>*) {
  return RefuseRpc("StreamContainers", context, metrics_);
}

grpc::Status RuntimeService::StreamContainerStats(
    grpc::ServerContext* context, const v1::StreamContainerStatsRequest*,
    grpc::ServerWriter<v1::StreamContainerStatsResponse>*) {
  return RefuseRpc("StreamContainerStats", context, metrics_);
}

grpc::Status RuntimeService::StreamPodSandboxStats(
    grpc::ServerContext* context, const v1::StreamPodSandboxStatsRequest*,
    grpc::ServerWriter<v1::StreamPodSandboxStatsResponse>*) {
  return RefuseRpc("StreamPodSandboxStats", context, metrics_);
}

grpc::Status RuntimeService::StreamPodSandboxMetrics(
    grpc::ServerContext* context, const v1::StreamPodSandboxMetricsRequest*,
    grpc::ServerWriter<v1::StreamPodSandboxMetricsResponse>*) {
  return RefuseRpc("StreamPodSandboxMetrics", context, metrics_);
}

}  // namespace berth::cri
