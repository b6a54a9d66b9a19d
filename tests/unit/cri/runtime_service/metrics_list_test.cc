// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/runtime_service/service_fixture.h"
#include "tests/unit/cri/stream_under_test.h"

namespace berth::cri {
namespace {

class PodSandboxMetrics : public RuntimeServiceTest {
 protected:
  PodSandboxMetrics() {
    AddPod("a0");
    AddPod("b0").state = v1::SANDBOX_NOTREADY;
    AddContainer("c1", v1::CONTAINER_RUNNING);
    AddContainer("c2", v1::CONTAINER_RUNNING);  // ends before its figures are read
    AddContainer("c3", v1::CONTAINER_EXITED);
    for (const char* id : {"a0", "b0", "c1", "c3"}) {
      runtime.figures[id];
    }
    runtime.network_usage["a0"].interfaces = {{.name = "eth0"}};
    images.usage.mountpoint = "/";
    images.root_usage["c1"].bytes = 512;
  }

  // The value of a metric that is there once; -1 when it is not there.
  static int64_t Value(const google::protobuf::RepeatedPtrField<v1::Metric>& metrics,
                       const std::string& name) {
    for (const v1::Metric& metric : metrics) {
      if (metric.name() == name) {
        return static_cast<int64_t>(metric.value().value());
      }
    }
    return -1;
  }
};

TEST_F(PodSandboxMetrics, AreOfPodsThatAreReadyAndContainersThatRun) {
  v1::ListPodSandboxMetricsResponse response;
  EXPECT_THAT(Ask(service, &RuntimeService::ListPodSandboxMetrics,
                  v1::ListPodSandboxMetricsRequest(), &response),
              IsGrpcOk());
  ASSERT_EQ(response.pod_metrics_size(), 1);
  const v1::PodSandboxMetrics& pod = response.pod_metrics(0);
  EXPECT_EQ(pod.pod_sandbox_id(), "a0");
  EXPECT_EQ(Value(pod.metrics(), "container_network_receive_bytes_total"), 0);
  EXPECT_EQ(Value(pod.metrics(), "container_fs_usage_bytes"), -1);
  ASSERT_EQ(pod.container_metrics_size(), 1);
  const v1::ContainerMetrics& container = pod.container_metrics(0);
  EXPECT_EQ(container.container_id(), "c1");
  EXPECT_EQ(Value(container.metrics(), "container_fs_usage_bytes"), 512);
  EXPECT_GT(Value(container.metrics(), "container_fs_limit_bytes"), 512);
  EXPECT_EQ(Value(container.metrics(), "container_network_receive_bytes_total"), -1);
}

TEST_F(PodSandboxMetrics, AreDescribed) {
  v1::ListMetricDescriptorsResponse response;
  EXPECT_THAT(Ask(service, &RuntimeService::ListMetricDescriptors,
                  v1::ListMetricDescriptorsRequest(), &response),
              IsGrpcOk());
  EXPECT_GT(response.descriptors_size(), 50);
}

TEST_F(PodSandboxMetrics, ComeAsAStreamToo) {
  InProcess<v1::RuntimeService> server(service);
  const auto [pieces, ended] = server.ReadAll(&v1::RuntimeService::Stub::StreamPodSandboxMetrics,
                                              v1::StreamPodSandboxMetricsRequest());
  EXPECT_THAT(ended, IsGrpcOk());
  ASSERT_EQ(pieces.size(), 1u);
  EXPECT_EQ(pieces[0].pod_sandbox_metrics(0).pod_sandbox_id(), "a0");
}

}  // namespace
}  // namespace berth::cri
