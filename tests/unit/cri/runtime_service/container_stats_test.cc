// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/runtime_service/service_fixture.h"
#include "tests/unit/cri/stream_under_test.h"

namespace berth::cri {
namespace {

class ContainerStats : public RuntimeServiceTest {
 protected:
  ContainerStats() {
    for (const char* id : {"c1", "d1"}) {
      AddContainer(id, v1::CONTAINER_RUNNING);
      runtime.usage[id].cpu_ns = 7;
    }
    AddContainer("e1", v1::CONTAINER_EXITED);
    images.usage.mountpoint = "/store";
    images.root_usage["c1"].bytes = 512;
    images.root_usage["c1"].inodes = 3;
  }

  std::vector<std::string> Listed(const std::function<void(v1::ContainerStatsFilter&)>& choose) {
    v1::ListContainerStatsRequest request;
    choose(*request.mutable_filter());
    v1::ListContainerStatsResponse response;
    EXPECT_THAT(Ask(service, &RuntimeService::ListContainerStats, request, &response), IsGrpcOk());
    std::vector<std::string> ids;
    for (const v1::ContainerStats& stats : response.stats()) {
      ids.push_back(stats.attributes().id());
    }
    return ids;
  }
};

TEST_F(ContainerStats, HaveTheWritableLayer) {
  v1::ContainerStatsRequest request;
  request.set_container_id("c1");
  v1::ContainerStatsResponse response;
  EXPECT_THAT(Ask(service, &RuntimeService::ContainerStats, request, &response), IsGrpcOk());
  EXPECT_EQ(response.stats().cpu().usage_core_nano_seconds().value(), 7u);
  const v1::FilesystemUsage& layer = response.stats().writable_layer();
  EXPECT_EQ(layer.fs_id().mountpoint(), "/store");
  EXPECT_EQ(layer.used_bytes().value(), 512u);
  EXPECT_EQ(layer.inodes_used().value(), 3u);
}

TEST_F(ContainerStats, HaveNoLayerThatIsNotMeasuredYet) {
  v1::ContainerStatsRequest request;
  request.set_container_id("d1");
  v1::ContainerStatsResponse response;
  EXPECT_THAT(Ask(service, &RuntimeService::ContainerStats, request, &response), IsGrpcOk());
  EXPECT_FALSE(response.stats().has_writable_layer());
}

TEST_F(ContainerStats, OfAnUnknownOneAreNotFound) {
  v1::ContainerStatsRequest request;
  request.set_container_id("f1");
  EXPECT_THAT(Ask(service, &RuntimeService::ContainerStats, request),
              IsGrpcError(grpc::StatusCode::NOT_FOUND, "no container f1"));
}

TEST_F(ContainerStats, AreListedForWhatRuns) {
  EXPECT_THAT(Listed([](auto&) {}), ElementsAre("c1", "d1"));
  EXPECT_THAT(Listed([](auto& f) { f.set_id("d"); }), ElementsAre("d1"));
  EXPECT_THAT(Listed([](auto& f) { f.set_pod_sandbox_id("x"); }), IsEmpty());
}

TEST_F(ContainerStats, AreListedWithoutWhatEndsMeanwhile) {
  runtime.usage.erase("c1");
  EXPECT_THAT(Listed([](auto&) {}), ElementsAre("d1"));
}

TEST_F(ContainerStats, ComeAsAStreamToo) {
  InProcess<v1::RuntimeService> server(service);
  v1::StreamContainerStatsRequest request;
  request.mutable_filter()->set_id("d");
  const auto [pieces, ended] =
      server.ReadAll(&v1::RuntimeService::Stub::StreamContainerStats, request);
  EXPECT_THAT(ended, IsGrpcOk());
  ASSERT_EQ(pieces.size(), 1u);
  EXPECT_EQ(pieces[0].container_stats(0).attributes().id(), "d1");
}

}  // namespace
}  // namespace berth::cri
