// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/runtime_service/service_fixture.h"

namespace berth::cri {
namespace {

class UpdateContainerResources : public RuntimeServiceTest {
 protected:
  UpdateContainerResources() {
    request.set_container_id("c1");
    request.mutable_linux()->set_memory_limit_in_bytes(1 << 20);
  }
  grpc::Status Update() { return Ask(service, &RuntimeService::UpdateContainerResources, request); }

  v1::UpdateContainerResourcesRequest request;
};

TEST_F(UpdateContainerResources, HandsThemOn) {
  AddContainer("c1", v1::CONTAINER_RUNNING);
  EXPECT_THAT(Update(), IsGrpcOk());
  EXPECT_THAT(runtime.calls, ElementsAre("UpdateResources c1"));
  EXPECT_EQ(runtime.resources.memory_limit_in_bytes(), 1 << 20);
}

TEST_F(UpdateContainerResources, OfAnUnknownOneIsNotFound) {
  EXPECT_THAT(Update(), IsGrpcError(grpc::StatusCode::NOT_FOUND, "no container c1"));
}

TEST_F(UpdateContainerResources, NeedsAnId) {
  request.clear_container_id();
  EXPECT_THAT(Update(),
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, "container_id: is required"));
  EXPECT_THAT(runtime.calls, IsEmpty());
}

TEST_F(UpdateContainerResources, ALimitWithWhichNothingRunsIsRefused) {
  request.mutable_linux()->set_memory_limit_in_bytes(1024);
  EXPECT_THAT(Update(), IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT,
                                    "resources.memory_limit_in_bytes: with 1024 bytes no program "
                                    "can start; at least 262144 are needed"));
  EXPECT_THAT(runtime.calls, IsEmpty());
}

// What else the values may be is the runtime's to say.
TEST_F(UpdateContainerResources, TellsWhatTheRuntimeRefuses) {
  runtime.failures["UpdateResources"] = absl::InvalidArgumentError("resources.cpu_shares is -1");
  EXPECT_THAT(Update(),
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, "resources.cpu_shares is -1"));
}

}  // namespace
}  // namespace berth::cri
