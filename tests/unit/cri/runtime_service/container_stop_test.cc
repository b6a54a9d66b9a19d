// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/runtime_service/service_fixture.h"

namespace berth::cri {
namespace {

class StopContainer : public RuntimeServiceTest {
 protected:
  grpc::Status Stop(const std::string& id, int64_t timeout) {
    v1::StopContainerRequest request;
    request.set_container_id(id);
    request.set_timeout(timeout);
    return Ask(service, &RuntimeService::StopContainer, request);
  }
};

TEST_F(StopContainer, HandsTheGraceOn) {
  EXPECT_THAT(Stop("c1", 10), IsGrpcOk());
  EXPECT_THAT(Stop("c1", 0), IsGrpcOk());
  EXPECT_THAT(runtime.calls, ElementsAre("StopContainer c1 10s", "StopContainer c1 0"));
}

TEST_F(StopContainer, OfAnUnknownOneIsDone) {
  EXPECT_THAT(Stop("not-an-id", 1), IsGrpcOk());
}

TEST_F(StopContainer, RefusesABadRequest) {
  EXPECT_THAT(Stop("", 1),
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, "container_id: is required"));
  EXPECT_THAT(Stop("c1", -1),
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, "timeout: must not be negative"));
  EXPECT_THAT(runtime.calls, IsEmpty());
}

TEST_F(StopContainer, TellsWhyItFailed) {
  runtime.failures["StopContainer"] = absl::InternalError("it does not die");
  EXPECT_THAT(Stop("c1", 1), IsGrpcError(grpc::StatusCode::INTERNAL, "it does not die"));
}

}  // namespace
}  // namespace berth::cri
