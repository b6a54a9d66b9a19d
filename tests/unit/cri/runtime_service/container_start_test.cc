// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/runtime_service/service_fixture.h"

namespace berth::cri {
namespace {

class StartContainer : public RuntimeServiceTest {
 protected:
  grpc::Status AskOf(const std::string& id) {
    v1::StartContainerRequest request;
    request.set_container_id(id);
    return Ask(service, &RuntimeService::StartContainer, request);
  }
};

TEST_F(StartContainer, ReachesTheContainer) {
  AddContainer("c1", v1::CONTAINER_CREATED);
  EXPECT_THAT(AskOf("c1"), IsGrpcOk());
  EXPECT_THAT(runtime.calls, ElementsAre("StartContainer c1"));
}

TEST_F(StartContainer, OfAnUnknownOneIsNotFound) {
  EXPECT_THAT(AskOf("c1"), IsGrpcError(grpc::StatusCode::NOT_FOUND, "no container c1"));
}

TEST_F(StartContainer, RefusesWhatIsNoId) {
  EXPECT_THAT(AskOf(""),
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, "container_id: is required"));
  EXPECT_THAT(AskOf("../c1"),
              IsGrpcError(grpc::StatusCode::NOT_FOUND, "container \"../c1\" not found"));
  EXPECT_THAT(runtime.calls, IsEmpty());
}

TEST_F(StartContainer, TellsWhyItFailed) {
  runtime.failures["StartContainer"] = absl::FailedPreconditionError("it is in another state");
  EXPECT_THAT(AskOf("c1"),
              IsGrpcError(grpc::StatusCode::FAILED_PRECONDITION, "it is in another state"));
}

}  // namespace
}  // namespace berth::cri
