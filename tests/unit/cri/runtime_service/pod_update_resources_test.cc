// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/runtime_service/service_fixture.h"

namespace berth::cri {
namespace {

class UpdatePodSandboxResources : public RuntimeServiceTest {
 protected:
  grpc::Status Update(const std::string& id) {
    v1::UpdatePodSandboxResourcesRequest request;
    request.set_pod_sandbox_id(id);
    request.mutable_overhead()->set_cpu_shares(2);
    request.mutable_resources()->set_cpu_shares(512);
    return Ask(service, &RuntimeService::UpdatePodSandboxResources, request);
  }
};

TEST_F(UpdatePodSandboxResources, HandsBothOn) {
  AddPod("a0");
  EXPECT_THAT(Update("a0"), IsGrpcOk());
  EXPECT_THAT(runtime.calls, ElementsAre("UpdatePodResources a0"));
  EXPECT_EQ(runtime.overhead.cpu_shares(), 2);
  EXPECT_EQ(runtime.resources.cpu_shares(), 512);
}

TEST_F(UpdatePodSandboxResources, NeedsAPod) {
  EXPECT_THAT(Update(""),
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, HasSubstr("pod_sandbox_id")));
  EXPECT_THAT(Update("f0"), IsGrpcError(grpc::StatusCode::NOT_FOUND, "no pod f0"));
}

}  // namespace
}  // namespace berth::cri
