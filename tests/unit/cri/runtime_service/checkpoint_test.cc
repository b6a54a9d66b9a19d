// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "cri/checkpoint/checkpoints.h"
#include "tests/fakes/fake_checkpointer.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/runtime_service/service_fixture.h"

namespace berth::cri {
namespace {

class CheckpointRpcs : public RuntimeServiceTest {
 protected:
  CheckpointRpcs() { service.SetCheckpoints(&checkpoints_); }

  grpc::Status Save(const v1::CheckpointContainerRequest& request) {
    return Ask(service, &RuntimeService::CheckpointContainer, request);
  }
  grpc::Status SavePod(const v1::CheckpointPodRequest& request) {
    return Ask(service, &RuntimeService::CheckpointPod, request);
  }

  grpc::Status RestorePod(const v1::RestorePodRequest& request) {
    return Ask(service, &RuntimeService::RestorePod, request);
  }

  test::TempDir space_;
  test::FakeCheckpointer checkpointer_;
  Checkpoints checkpoints_{runtime, checkpointer_, space_.path()};
};

v1::RestorePodRequest ToRestore() {
  v1::RestorePodRequest request;
  request.set_checkpoint_path("/nowhere");
  v1::PodSandboxMetadata& metadata = *request.mutable_config()->mutable_metadata();
  metadata.set_name("web");
  metadata.set_namespace_("team");
  metadata.set_uid("u");
  return request;
}

TEST_F(CheckpointRpcs, AreOffWithoutCriu) {
  service.SetCheckpoints(nullptr);
  EXPECT_THAT(Save({}), IsGrpcError(grpc::StatusCode::UNIMPLEMENTED, HasSubstr("criu")));
  EXPECT_THAT(SavePod({}), IsGrpcError(grpc::StatusCode::UNIMPLEMENTED, HasSubstr("criu")));
  EXPECT_THAT(RestorePod({}), IsGrpcError(grpc::StatusCode::UNIMPLEMENTED, HasSubstr("criu")));
}

TEST_F(CheckpointRpcs, RefuseNonsenseByItsField) {
  v1::CheckpointContainerRequest request;
  EXPECT_THAT(Save(request),
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, HasSubstr("container_id")));
  request.set_container_id("c1");
  for (int64_t timeout : {int64_t{-1}, int64_t{1} << 40}) {
    request.set_timeout(timeout);
    EXPECT_THAT(Save(request),
                IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, HasSubstr("timeout")));
  }
  v1::CheckpointPodRequest pod;
  EXPECT_THAT(SavePod(pod),
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, HasSubstr("pod_sandbox_id")));
  pod.set_pod_sandbox_id("a0");
  EXPECT_THAT(SavePod(pod), IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, HasSubstr("deadline")));
  EXPECT_THAT(RestorePod({}),
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, HasSubstr("metadata")));
  EXPECT_THAT(RestorePod(ToRestore()),
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, HasSubstr("deadline")));
  EXPECT_THAT(checkpointer_.saved, IsEmpty());
  EXPECT_THAT(runtime.calls, IsEmpty());
}

TEST_F(CheckpointRpcs, SaveAContainer) {
  AddPod("a0");
  AddContainer("c1", v1::CONTAINER_RUNNING);
  runtime.usage["c1"].memory_usage = 1;
  v1::CheckpointContainerRequest request;
  request.set_container_id("c1");
  request.set_location(space_.Join("c1.tar"));
  EXPECT_THAT(Save(request), IsGrpcOk());
  EXPECT_THAT(checkpointer_.saved, ElementsAre("c1"));
  EXPECT_THAT(Save(request), IsGrpcError(grpc::StatusCode::ALREADY_EXISTS, HasSubstr("location")));
}

}  // namespace
}  // namespace berth::cri
