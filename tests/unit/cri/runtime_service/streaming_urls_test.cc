// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/runtime_service/service_fixture.h"

namespace berth::cri {
namespace {

class StreamingUrls : public RuntimeServiceTest {
 protected:
  StreamingUrls() {
    AddContainer("c1", v1::CONTAINER_RUNNING);
    AddContainer("dead", v1::CONTAINER_EXITED);
    AddPod("a1");
    AddPod("a2").state = v1::SANDBOX_NOTREADY;
    exec.set_container_id("c1");
    exec.add_cmd("ls");
    exec.set_stdout(true);
    attach.set_container_id("c1");
    attach.set_stdin(true);
    forward.set_pod_sandbox_id("a1");
  }
  grpc::Status Exec() { return Ask(service, &RuntimeService::Exec, exec, &exec_response); }
  grpc::Status Attach() { return Ask(service, &RuntimeService::Attach, attach, &attach_response); }
  grpc::Status Forward() {
    return Ask(service, &RuntimeService::PortForward, forward, &forward_response);
  }

  v1::ExecRequest exec;
  v1::ExecResponse exec_response;
  v1::AttachRequest attach;
  v1::AttachResponse attach_response;
  v1::PortForwardRequest forward;
  v1::PortForwardResponse forward_response;
};

TEST_F(StreamingUrls, OfExecKeepsTheCommand) {
  exec.add_cmd("-l");
  exec.set_tty(true);
  EXPECT_THAT(Exec(), IsGrpcOk());
  EXPECT_EQ(exec_response.url(), "http://127.0.0.1:1/exec/1");
  const auto& offered = std::get<ExecStreams>(streams.offered.at(0));
  EXPECT_EQ(offered.container_id, "c1");
  EXPECT_THAT(offered.command, ElementsAre("ls", "-l"));
  EXPECT_TRUE(offered.streams.output && offered.streams.terminal);
  EXPECT_FALSE(offered.streams.input || offered.streams.error);
}

TEST_F(StreamingUrls, OfAttachKeepsTheStreams) {
  EXPECT_THAT(Attach(), IsGrpcOk());
  EXPECT_EQ(attach_response.url(), "http://127.0.0.1:1/attach/1");
  EXPECT_TRUE(std::get<AttachStreams>(streams.offered.at(0)).streams.input);
}

// critest and the kubelet name no port: the streams do.
TEST_F(StreamingUrls, OfPortForwardTakesPortsOrNone) {
  EXPECT_THAT(Forward(), IsGrpcOk());
  EXPECT_EQ(forward_response.url(), "http://127.0.0.1:1/portforward/1");
  forward.add_port(80);
  forward.add_port(65535);
  EXPECT_THAT(Forward(), IsGrpcOk());
  EXPECT_THAT(std::get<ForwardPorts>(streams.offered.at(1)).ports, ElementsAre(80, 65535));
}

TEST_F(StreamingUrls, RefuseABadExec) {
  struct Case {
    const char* message;
    std::function<void(v1::ExecRequest&)> spoil;
  };
  const Case cases[] = {
      {"container_id: is required", [](auto& r) { r.clear_container_id(); }},
      {"cmd: is required", [](auto& r) { r.clear_cmd(); }},
      {"cmd: is required", [](auto& r) { r.set_cmd(0, ""); }},
      {"one of stdin, stdout and stderr is required", [](auto& r) { r.set_stdout(false); }},
      {"stderr: a terminal (tty) has none of its own",
       [](auto& r) {
         r.set_tty(true);
         r.set_stderr(true);
       }},
  };
  const v1::ExecRequest good = exec;
  for (const Case& bad : cases) {
    exec = good;
    bad.spoil(exec);
    EXPECT_THAT(Exec(), IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, bad.message));
  }
  EXPECT_THAT(streams.offered, IsEmpty());
}

TEST_F(StreamingUrls, OfAttachAreForWhatHasNotBeenStartedToo) {
  AddContainer("ade0", v1::CONTAINER_CREATED);
  attach.set_container_id("ade0");
  EXPECT_THAT(Attach(), IsGrpcOk());
  EXPECT_TRUE(std::get<AttachStreams>(streams.offered.at(0)).is_ahead);
  exec.set_container_id("ade0");
  EXPECT_THAT(Exec(),
              IsGrpcError(grpc::StatusCode::FAILED_PRECONDITION, HasSubstr("is not running")));
}

TEST_F(StreamingUrls, RefuseAPortThatIsNone) {
  for (const int port : {0, -1, 65536}) {
    forward.clear_port();
    forward.add_port(port);
    EXPECT_THAT(Forward(), IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, HasSubstr("port: ")));
  }
}

TEST_F(StreamingUrls, RefuseMorePortsThanThereAreChannels) {
  for (int i = 1; i <= 129; ++i) {
    forward.add_port(i);
  }
  EXPECT_THAT(Forward(),
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, "port: more than 128 of them"));
}

TEST_F(StreamingUrls, AreForWhatRuns) {
  exec.set_container_id("dead");
  EXPECT_THAT(Exec(),
              IsGrpcError(grpc::StatusCode::FAILED_PRECONDITION, HasSubstr("is not running")));
  attach.set_container_id("c2");
  EXPECT_THAT(Attach(), IsGrpcError(grpc::StatusCode::NOT_FOUND, HasSubstr("c2")));
  forward.set_pod_sandbox_id("a2");
  EXPECT_THAT(Forward(),
              IsGrpcError(grpc::StatusCode::FAILED_PRECONDITION, HasSubstr("is not ready")));
  EXPECT_THAT(streams.offered, IsEmpty());
}

TEST_F(StreamingUrls, PassOnThatThereAreTooMany) {
  streams.failure = absl::ResourceExhaustedError("too many streams");
  EXPECT_THAT(Exec(), IsGrpcError(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many streams"));
}

}  // namespace
}  // namespace berth::cri
