// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/runtime_service/service_fixture.h"

namespace berth::cri {
namespace {

using RemoveContainer = RuntimeServiceTest;

TEST_F(RemoveContainer, NeedsAnId) {
  EXPECT_THAT(Ask(service, &RuntimeService::RemoveContainer, v1::RemoveContainerRequest()),
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, "container_id: is required"));
  EXPECT_THAT(runtime.calls, IsEmpty());
}

// The kubelet asks again until it is OK, and for what others have removed.
TEST_F(RemoveContainer, OfAnUnknownOneIsDone) {
  v1::RemoveContainerRequest request;
  for (const char* id : {"a1", "a1", "not-an-id"}) {
    request.set_container_id(id);
    EXPECT_THAT(Ask(service, &RuntimeService::RemoveContainer, request), IsGrpcOk()) << id;
  }
  EXPECT_THAT(runtime.calls,
              ElementsAre("RemoveContainer a1", "RemoveContainer a1", "RemoveContainer not-an-id"));
}

TEST_F(RemoveContainer, TellsWhyItFailed) {
  runtime.failures["RemoveContainer"] = absl::DeadlineExceededError("its shim does not answer");
  v1::RemoveContainerRequest request;
  request.set_container_id("a1");
  EXPECT_THAT(Ask(service, &RuntimeService::RemoveContainer, request),
              IsGrpcError(grpc::StatusCode::DEADLINE_EXCEEDED, "its shim does not answer"));
}

}  // namespace
}  // namespace berth::cri
