// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"

#include "cri/call_budget.h"
#include "cri/nri/nri_hooks.h"
#include "cri/streaming/streaming_server.h"
#include "imageservice/image_store.h"
#include "metrics/metrics.h"
#include "proto/runtime/v1/api.grpc.pb.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

namespace v1 = ::runtime::v1;

class Checkpoints;  // cri/checkpoint/checkpoints.h

// CRI RuntimeService: validates, calls the doors of runtime/ and imageservice/, and puts answers
// into messages. One file of runtime_service/ a call. Thread-safe, as its doors are.
class RuntimeService final : public v1::RuntimeService::Service {
 public:
  // The doors and `streams` must outlive the service. `config_json` is what a verbose Status shows.
  // Slow calls get shares of the server's `max_threads`.
  RuntimeService(runtime::PodRuntime& runtime, imageservice::ImageStore& images,
                 StreamingServer& streams, metrics::Metrics& metrics, std::string config_json,
                 int max_threads = kDefaultMaxThreads);

  // Asks and tells plugins of updates; set before serving, if at all.
  void SetNri(nri::NriHooks* hooks) { nri_ = hooks; }

  // Saves and restores containers; set before serving, or such calls are Unimplemented.
  void SetCheckpoints(const Checkpoints* checkpoints) { checkpoints_ = checkpoints; }

#define BERTH_RPC(Method, Request, Response)                                    \
  grpc::Status Method(grpc::ServerContext* context, const v1::Request* request, \
                      v1::Response* response) override
#define BERTH_STREAM_RPC(Method, Request, Response)                             \
  grpc::Status Method(grpc::ServerContext* context, const v1::Request* request, \
                      grpc::ServerWriter<v1::Response>* writer) override

  BERTH_RPC(Version, VersionRequest, VersionResponse);
  BERTH_RPC(Status, StatusRequest, StatusResponse);
  BERTH_RPC(RuntimeConfig, RuntimeConfigRequest, RuntimeConfigResponse);
  BERTH_RPC(UpdateRuntimeConfig, UpdateRuntimeConfigRequest, UpdateRuntimeConfigResponse);

  BERTH_RPC(RunPodSandbox, RunPodSandboxRequest, RunPodSandboxResponse);
  BERTH_RPC(StopPodSandbox, StopPodSandboxRequest, StopPodSandboxResponse);
  BERTH_RPC(RemovePodSandbox, RemovePodSandboxRequest, RemovePodSandboxResponse);
  BERTH_RPC(PodSandboxStatus, PodSandboxStatusRequest, PodSandboxStatusResponse);
  BERTH_RPC(ListPodSandbox, ListPodSandboxRequest, ListPodSandboxResponse);
  BERTH_STREAM_RPC(StreamPodSandboxes, StreamPodSandboxesRequest, StreamPodSandboxesResponse);
  BERTH_RPC(PodSandboxStats, PodSandboxStatsRequest, PodSandboxStatsResponse);
  BERTH_RPC(ListPodSandboxStats, ListPodSandboxStatsRequest, ListPodSandboxStatsResponse);
  BERTH_STREAM_RPC(StreamPodSandboxStats, StreamPodSandboxStatsRequest,
                   StreamPodSandboxStatsResponse);
  BERTH_RPC(UpdatePodSandboxResources, UpdatePodSandboxResourcesRequest,
            UpdatePodSandboxResourcesResponse);

  BERTH_RPC(CreateContainer, CreateContainerRequest, CreateContainerResponse);
  BERTH_RPC(StartContainer, StartContainerRequest, StartContainerResponse);
  BERTH_RPC(StopContainer, StopContainerRequest, StopContainerResponse);
  BERTH_RPC(RemoveContainer, RemoveContainerRequest, RemoveContainerResponse);
  BERTH_RPC(ListContainers, ListContainersRequest, ListContainersResponse);
  BERTH_STREAM_RPC(StreamContainers, StreamContainersRequest, StreamContainersResponse);
  BERTH_RPC(ContainerStatus, ContainerStatusRequest, ContainerStatusResponse);
  BERTH_RPC(ContainerStats, ContainerStatsRequest, ContainerStatsResponse);
  BERTH_RPC(ListContainerStats, ListContainerStatsRequest, ListContainerStatsResponse);
  BERTH_STREAM_RPC(StreamContainerStats, StreamContainerStatsRequest, StreamContainerStatsResponse);
  BERTH_RPC(UpdateContainerResources, UpdateContainerResourcesRequest,
            UpdateContainerResourcesResponse);
  BERTH_RPC(ReopenContainerLog, ReopenContainerLogRequest, ReopenContainerLogResponse);
  BERTH_RPC(ExecSync, ExecSyncRequest, ExecSyncResponse);

  BERTH_RPC(Exec, ExecRequest, ExecResponse);
  BERTH_RPC(Attach, AttachRequest, AttachResponse);
  BERTH_RPC(PortForward, PortForwardRequest, PortForwardResponse);

  BERTH_STREAM_RPC(GetContainerEvents, GetEventsRequest, ContainerEventResponse);
  BERTH_RPC(ListMetricDescriptors, ListMetricDescriptorsRequest, ListMetricDescriptorsResponse);
  BERTH_RPC(ListPodSandboxMetrics, ListPodSandboxMetricsRequest, ListPodSandboxMetricsResponse);
  BERTH_STREAM_RPC(StreamPodSandboxMetrics, StreamPodSandboxMetricsRequest,
                   StreamPodSandboxMetricsResponse);

  BERTH_RPC(CheckpointContainer, CheckpointContainerRequest, CheckpointContainerResponse);
  BERTH_RPC(CheckpointPod, CheckpointPodRequest, CheckpointPodResponse);
  BERTH_RPC(RestorePod, RestorePodRequest, RestorePodResponse);

#undef BERTH_RPC
#undef BERTH_STREAM_RPC

 private:
  // The work of CreateContainer and RestorePod: makes a container and returns its id. With the path
  // of a checkpoint it is made from that, and must agree with it where the request says what it
  // runs, by an image and not by that path. On failure nothing of it is left.
  absl::StatusOr<std::string> MakeContainer(const Call& call, const std::string& pod_id,
                                            const v1::ContainerConfig& config,
                                            const std::string& checkpoint);

  runtime::PodRuntime& runtime_;
  imageservice::ImageStore& images_;
  StreamingServer& streams_;
  metrics::Metrics& metrics_;
  nri::NriHooks* nri_ = nullptr;
  const Checkpoints* checkpoints_ = nullptr;
  const std::string config_json_;
  CallBudget starts_, stops_, execs_, lists_, events_;
};

}  // namespace berth::cri
