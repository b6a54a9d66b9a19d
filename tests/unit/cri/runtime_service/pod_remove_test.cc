// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/runtime_service/service_fixture.h"

namespace berth::cri {
namespace {

using RemovePodSandbox = RuntimeServiceTest;

TEST_F(RemovePodSandbox, NeedsAnId) {
  EXPECT_THAT(Ask(service, &RuntimeService::RemovePodSandbox, v1::RemovePodSandboxRequest()),
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, "pod_sandbox_id: is required"));
  EXPECT_THAT(runtime.calls, IsEmpty());
}

// The kubelet asks again until it is OK, and for what others have removed.
TEST_F(RemovePodSandbox, OfAnUnknownOneIsDone) {
  v1::RemovePodSandboxRequest request;
  for (const char* id : {"a1", "a1", "not-an-id"}) {
    request.set_pod_sandbox_id(id);
    EXPECT_THAT(Ask(service, &RuntimeService::RemovePodSandbox, request), IsGrpcOk()) << id;
  }
  EXPECT_THAT(runtime.calls, ElementsAre("RemovePod a1", "RemovePod a1", "RemovePod not-an-id"));
}

TEST_F(RemovePodSandbox, TellsWhyItFailed) {
  runtime.failures["RemovePod"] = absl::DeadlineExceededError("its shim does not answer");
  v1::RemovePodSandboxRequest request;
  request.set_pod_sandbox_id("a1");
  EXPECT_THAT(Ask(service, &RuntimeService::RemovePodSandbox, request),
              IsGrpcError(grpc::StatusCode::DEADLINE_EXCEEDED, "its shim does not answer"));
}

}  // namespace
}  // namespace berth::cri
