// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/runtime_service/service_fixture.h"

namespace berth::cri {
namespace {

class ExecSync : public RuntimeServiceTest {
 protected:
  ExecSync() {
    AddContainer("c1", v1::CONTAINER_RUNNING);
    request.set_container_id("c1");
    request.add_cmd("ls");
    request.add_cmd("-l");
    request.set_timeout(5);
  }
  grpc::Status Exec() { return Ask(service, &RuntimeService::ExecSync, request, &response); }

  v1::ExecSyncRequest request;
  v1::ExecSyncResponse response;
};

TEST_F(ExecSync, AnswersWhatTheCommandSaid) {
  runtime.exec_result = {"out", "err", 3};
  EXPECT_THAT(Exec(), IsGrpcOk());
  EXPECT_EQ(response.stdout(), "out");
  EXPECT_EQ(response.stderr(), "err");
  EXPECT_EQ(response.exit_code(), 3);
  EXPECT_THAT(runtime.calls, ElementsAre("ExecSync c1 ls,-l 5s"));
}

TEST_F(ExecSync, RefusesABadRequest) {
  struct Case {
    const char* message;
    std::function<void(v1::ExecSyncRequest&)> spoil;
  };
  const Case cases[] = {
      {"container_id: is required", [](auto& r) { r.clear_container_id(); }},
      {"cmd: is required", [](auto& r) { r.clear_cmd(); }},
      {"cmd: is required", [](auto& r) { r.set_cmd(0, ""); }},
      {"timeout: must not be negative", [](auto& r) { r.set_timeout(-1); }},
  };
  const v1::ExecSyncRequest good = request;
  for (const Case& bad : cases) {
    request = good;
    bad.spoil(request);
    EXPECT_THAT(Exec(), IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, bad.message));
  }
  EXPECT_THAT(runtime.calls, IsEmpty());
}

// A probe that took too long: the kubelet looks for this code.
TEST_F(ExecSync, TellsThatTimeIsOver) {
  runtime.failures["ExecSync"] = absl::DeadlineExceededError("not over within 5s");
  EXPECT_THAT(Exec(), IsGrpcError(grpc::StatusCode::DEADLINE_EXCEEDED, "not over within 5s"));
}

TEST_F(ExecSync, OfAnUnknownContainerIsNotFound) {
  request.set_container_id("c2");
  EXPECT_THAT(Exec(), IsGrpcError(grpc::StatusCode::NOT_FOUND, "no container c2"));
}

}  // namespace
}  // namespace berth::cri
