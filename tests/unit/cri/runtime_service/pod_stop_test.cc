// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/runtime_service/service_fixture.h"

namespace berth::cri {
namespace {

using StopPodSandbox = RuntimeServiceTest;

TEST_F(StopPodSandbox, NeedsAnId) {
  EXPECT_THAT(Ask(service, &RuntimeService::StopPodSandbox, v1::StopPodSandboxRequest()),
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, "pod_sandbox_id: is required"));
  EXPECT_THAT(runtime.calls, IsEmpty());
}

// The kubelet asks again until it is OK, and for what others have removed.
TEST_F(StopPodSandbox, OfAnUnknownOneIsDone) {
  v1::StopPodSandboxRequest request;
  for (const char* id : {"a1", "a1", "not-an-id"}) {
    request.set_pod_sandbox_id(id);
    EXPECT_THAT(Ask(service, &RuntimeService::StopPodSandbox, request), IsGrpcOk()) << id;
  }
  EXPECT_THAT(runtime.calls, ElementsAre("StopPod a1", "StopPod a1", "StopPod not-an-id"));
}

TEST_F(StopPodSandbox, TellsWhyItFailed) {
  runtime.failures["StopPod"] = absl::DeadlineExceededError("its shim does not answer");
  v1::StopPodSandboxRequest request;
  request.set_pod_sandbox_id("a1");
  EXPECT_THAT(Ask(service, &RuntimeService::StopPodSandbox, request),
              IsGrpcError(grpc::StatusCode::DEADLINE_EXCEEDED, "its shim does not answer"));
}

}  // namespace
}  // namespace berth::cri
