// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/runtime_service/service_fixture.h"

namespace berth::cri {
namespace {

class PodSandboxStatus : public RuntimeServiceTest {
 protected:
  grpc::Status StatusOf(const std::string& id) {
    request.set_pod_sandbox_id(id);
    return Ask(service, &RuntimeService::PodSandboxStatus, request, &response);
  }

  v1::PodSandboxStatusRequest request;
  v1::PodSandboxStatusResponse response;
};

TEST_F(PodSandboxStatus, IsOfTheOneAskedFor) {
  AddPod("a1");
  AddPod("b1").network.ips = {"10.0.0.2", "fd00::2"};
  EXPECT_THAT(StatusOf("b"), IsGrpcOk());
  EXPECT_EQ(response.status().id(), "b1");
  EXPECT_EQ(response.status().state(), v1::SANDBOX_READY);
  EXPECT_EQ(response.status().network().ip(), "10.0.0.2");
  ASSERT_EQ(response.status().network().additional_ips_size(), 1);
  EXPECT_EQ(response.info_size(), 0);
}

TEST_F(PodSandboxStatus, SaysMoreWhenVerbose) {
  AddPod("a1").shim_pid = 42;
  request.set_verbose(true);
  EXPECT_THAT(StatusOf("a1"), IsGrpcOk());
  EXPECT_THAT(response.info().at("info"), HasSubstr("\"pid\":42"));
}

TEST_F(PodSandboxStatus, OfAnUnknownOneIsNotFound) {
  EXPECT_THAT(StatusOf("a1"), IsGrpcError(grpc::StatusCode::NOT_FOUND, "no pod a1"));
}

TEST_F(PodSandboxStatus, HasTheContainersAtItsTime) {
  AddPod("e0").found_at = 77;
  AddContainer("c1", v1::CONTAINER_RUNNING).pod_id = "e0";
  AddContainer("c2", v1::CONTAINER_RUNNING).pod_id = "other";
  EXPECT_THAT(StatusOf("e0"), IsGrpcOk());
  EXPECT_EQ(response.timestamp(), 77);
  ASSERT_EQ(response.containers_statuses_size(), 1);
  EXPECT_EQ(response.containers_statuses(0).id(), "c1");
}

}  // namespace
}  // namespace berth::cri
