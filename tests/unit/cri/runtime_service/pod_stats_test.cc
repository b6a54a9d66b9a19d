// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/runtime_service/service_fixture.h"
#include "tests/unit/cri/stream_under_test.h"

namespace berth::cri {
namespace {

class PodSandboxStats : public RuntimeServiceTest {
 protected:
  PodSandboxStats() {
    (*AddPod("a0").config.mutable_labels())["app"] = "web";
    AddPod("b0");
    AddPod("c0").state = v1::SANDBOX_NOTREADY;
    for (const char* id : {"a0", "b0"}) {
      runtime.pod_usage[id].total.cpu_ns = 7;
      runtime.pod_usage[id].processes = 3;
    }
    AddContainer("c1", v1::CONTAINER_RUNNING);
    AddContainer("c2", v1::CONTAINER_RUNNING);  // ends before its figures are read
    runtime.usage["c1"].cpu_ns = 5;
  }

  static v1::PodSandboxStatsRequest Of(const std::string& id) {
    v1::PodSandboxStatsRequest request;
    request.set_pod_sandbox_id(id);
    return request;
  }
  std::vector<std::string> Listed(const std::function<void(v1::PodSandboxStatsFilter&)>& choose) {
    v1::ListPodSandboxStatsRequest request;
    choose(*request.mutable_filter());
    v1::ListPodSandboxStatsResponse response;
    EXPECT_THAT(Ask(service, &RuntimeService::ListPodSandboxStats, request, &response), IsGrpcOk());
    std::vector<std::string> ids;
    for (const v1::PodSandboxStats& stats : response.stats()) {
      ids.push_back(stats.attributes().id());
    }
    return ids;
  }
};

TEST_F(PodSandboxStats, AreOfThePodAndItsContainers) {
  runtime.network_usage["a0"].interfaces = {{.name = "eth0", .receive_bytes = 9}, {.name = "net1"}};
  v1::PodSandboxStatsResponse response;
  EXPECT_THAT(Ask(service, &RuntimeService::PodSandboxStats, Of("a0"), &response), IsGrpcOk());
  EXPECT_EQ(response.stats().attributes().metadata().name(), "a0");
  const v1::LinuxPodSandboxStats& stats = response.stats().linux();
  EXPECT_EQ(stats.cpu().usage_core_nano_seconds().value(), 7u);
  EXPECT_EQ(stats.process().process_count().value(), 3u);
  EXPECT_EQ(stats.network().default_interface().name(), "eth0");
  EXPECT_EQ(stats.network().default_interface().rx_bytes().value(), 9u);
  ASSERT_EQ(stats.network().interfaces_size(), 1);
  EXPECT_EQ(stats.network().interfaces(0).name(), "net1");
  ASSERT_EQ(stats.containers_size(), 1);
  EXPECT_EQ(stats.containers(0).attributes().id(), "c1");
}

TEST_F(PodSandboxStats, HaveNoNetworkOnTheHosts) {
  v1::PodSandboxStatsResponse response;
  EXPECT_THAT(Ask(service, &RuntimeService::PodSandboxStats, Of("b0"), &response), IsGrpcOk());
  EXPECT_FALSE(response.stats().linux().has_network());
}

TEST_F(PodSandboxStats, OfAnUnknownOneAreNotFound) {
  EXPECT_THAT(Ask(service, &RuntimeService::PodSandboxStats, Of("f0")),
              IsGrpcError(grpc::StatusCode::NOT_FOUND, "no pod f0"));
}

TEST_F(PodSandboxStats, AreListedForWhatIsReady) {
  EXPECT_THAT(Listed([](auto&) {}), ElementsAre("a0", "b0"));
  EXPECT_THAT(Listed([](auto& f) { f.set_id("b"); }), ElementsAre("b0"));
  EXPECT_THAT(Listed([](auto& f) { (*f.mutable_label_selector())["app"] = "web"; }),
              ElementsAre("a0"));
  runtime.pod_usage.erase("a0");
  EXPECT_THAT(Listed([](auto&) {}), ElementsAre("b0"));
}

TEST_F(PodSandboxStats, ComeAsAStreamToo) {
  InProcess<v1::RuntimeService> server(service);
  v1::StreamPodSandboxStatsRequest request;
  request.mutable_filter()->set_id("b");
  const auto [pieces, ended] =
      server.ReadAll(&v1::RuntimeService::Stub::StreamPodSandboxStats, request);
  EXPECT_THAT(ended, IsGrpcOk());
  ASSERT_EQ(pieces.size(), 1u);
  EXPECT_EQ(pieces[0].pod_sandbox_stats(0).attributes().id(), "b0");
}

}  // namespace
}  // namespace berth::cri
