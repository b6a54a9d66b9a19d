// SPDX-License-Identifier: Apache-2.0
#include "absl/strings/str_cat.h"

#include "cri/rpc.h"
#include "cri/runtime_service.h"

namespace berth::cri {
namespace {

grpc::Status Refuse(absl::string_view method, grpc::ServerContext* context,
                    metrics::Metrics& metrics) {
  return ServeRpc(method, context, metrics, [&](const Call&) {
    return absl::UnimplementedError(absl::StrCat("berth does not implement ", method, " yet"));
  });
}

}  // namespace

grpc::Status RuntimeService::Exec(grpc::ServerContext* context, const v1::ExecRequest*,
                                  v1::ExecResponse*) {
  return Refuse("Exec", context, metrics_);
}

grpc::Status RuntimeService::Attach(grpc::ServerContext* context, const v1::AttachRequest*,
                                    v1::AttachResponse*) {
  return Refuse("Attach", context, metrics_);
}

grpc::Status RuntimeService::PortForward(grpc::ServerContext* context,
                                         const v1::PortForwardRequest*, v1::PortForwardResponse*) {
  return Refuse("PortForward", context, metrics_);
}

grpc::Status RuntimeService::PodSandboxStats(grpc::ServerContext* context,
                                             const v1::PodSandboxStatsRequest*,
                                             v1::PodSandboxStatsResponse*) {
  return Refuse("PodSandboxStats", context, metrics_);
}

grpc::Status RuntimeService::ListPodSandboxStats(grpc::ServerContext* context,
                                                 const v1::ListPodSandboxStatsRequest*,
                                                 v1::ListPodSandboxStatsResponse*) {
  return Refuse("ListPodSandboxStats", context, metrics_);
}

grpc::Status RuntimeService::UpdatePodSandboxResources(grpc::ServerContext* context,
                                                       const v1::UpdatePodSandboxResourcesRequest*,
                                                       v1::UpdatePodSandboxResourcesResponse*) {
  return Refuse("UpdatePodSandboxResources", context, metrics_);
}

grpc::Status RuntimeService::CheckpointContainer(grpc::ServerContext* context,
                                                 const v1::CheckpointContainerRequest*,
                                                 v1::CheckpointContainerResponse*) {
  return Refuse("CheckpointContainer", context, metrics_);
}

grpc::Status RuntimeService::CheckpointPod(grpc::ServerContext* context,
                                           const v1::CheckpointPodRequest*,
                                           v1::CheckpointPodResponse*) {
  return Refuse("CheckpointPod", context, metrics_);
}

grpc::Status RuntimeService::RestorePod(grpc::ServerContext* context, const v1::RestorePodRequest*,
                                        v1::RestorePodResponse*) {
  return Refuse("RestorePod", context, metrics_);
}

grpc::Status RuntimeService::ListMetricDescriptors(grpc::ServerContext* context,
                                                   const v1::ListMetricDescriptorsRequest*,
                                                   v1::ListMetricDescriptorsResponse*) {
  return Refuse("ListMetricDescriptors", context, metrics_);
}

grpc::Status RuntimeService::ListPodSandboxMetrics(grpc::ServerContext* context,
                                                   const v1::ListPodSandboxMetricsRequest*,
                                                   v1::ListPodSandboxMetricsResponse*) {
  return Refuse("ListPodSandboxMetrics", context, metrics_);
}

grpc::Status RuntimeService::GetContainerEvents(grpc::ServerContext* context,
                                                const v1::GetEventsRequest*,
                                                grpc::ServerWriter<v1::ContainerEventResponse>*) {
  return Refuse("GetContainerEvents", context, metrics_);
}

grpc::Status RuntimeService::StreamPodSandboxes(
    grpc::ServerContext* context, const v1::StreamPodSandboxesRequest*,
    grpc::ServerWriter<v1::StreamPodSandboxesResponse>*) {
  return Refuse("StreamPodSandboxes", context, metrics_);
}

grpc::Status RuntimeService::StreamContainers(grpc::ServerContext* context,
                                              const v1::StreamContainersRequest*,
                                              grpc::ServerWriter<v1::StreamContainersResponse>*) {
  return Refuse("StreamContainers", context, metrics_);
}

grpc::Status RuntimeService::StreamContainerStats(
    grpc::ServerContext* context, const v1::StreamContainerStatsRequest*,
    grpc::ServerWriter<v1::StreamContainerStatsResponse>*) {
  return Refuse("StreamContainerStats", context, metrics_);
}

grpc::Status RuntimeService::StreamPodSandboxStats(
    grpc::ServerContext* context, const v1::StreamPodSandboxStatsRequest*,
    grpc::ServerWriter<v1::StreamPodSandboxStatsResponse>*) {
  return Refuse("StreamPodSandboxStats", context, metrics_);
}

grpc::Status RuntimeService::StreamPodSandboxMetrics(
    grpc::ServerContext* context, const v1::StreamPodSandboxMetricsRequest*,
    grpc::ServerWriter<v1::StreamPodSandboxMetricsResponse>*) {
  return Refuse("StreamPodSandboxMetrics", context, metrics_);
}

}  // namespace berth::cri
