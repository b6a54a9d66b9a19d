// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/runtime_service/service_fixture.h"

namespace berth::cri {
namespace {

class RunPodSandbox : public RuntimeServiceTest {
 protected:
  RunPodSandbox() {
    v1::PodSandboxMetadata& metadata = *request.mutable_config()->mutable_metadata();
    metadata.set_name("web");
    metadata.set_namespace_("shop");
    metadata.set_uid("u1");
  }

  v1::RunPodSandboxRequest request;
};

TEST_F(RunPodSandbox, AnswersTheIdAndHandsTheHandlerOn) {
  request.set_runtime_handler("berth");
  v1::RunPodSandboxResponse response;
  EXPECT_THAT(Ask(service, &RuntimeService::RunPodSandbox, request, &response), IsGrpcOk());
  EXPECT_EQ(response.pod_sandbox_id(), "a00");
  EXPECT_THAT(runtime.calls, ElementsAre("RunPod web berth"));
}

TEST_F(RunPodSandbox, RefusesABadRequestBeforeAnythingIsDone) {
  request.mutable_config()->mutable_metadata()->clear_name();
  EXPECT_THAT(Ask(service, &RuntimeService::RunPodSandbox, request),
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, "metadata.name: is required"));
  EXPECT_THAT(runtime.calls, IsEmpty());
}

TEST_F(RunPodSandbox, TellsWhyThereIsNoPod) {
  runtime.failures["RunPod"] = absl::AlreadyExistsError("the name is taken");
  v1::RunPodSandboxResponse response;
  EXPECT_THAT(Ask(service, &RuntimeService::RunPodSandbox, request, &response),
              IsGrpcError(grpc::StatusCode::ALREADY_EXISTS, "the name is taken"));
  EXPECT_EQ(response.pod_sandbox_id(), "");
}

}  // namespace
}  // namespace berth::cri
