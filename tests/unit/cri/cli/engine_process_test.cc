// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_process.h"

#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/cli/fake_engine.h"
#include "tests/unit/cri/cli/replaced_stream.h"

namespace berth::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class EngineProcessTest : public testing::Test {
 protected:
  const test::TempDir directory_;
  FakeEngine engine_{directory_.Join("cri.sock")};
  const Session session_{directory_.Join("cri.sock")};
};

TEST_F(EngineProcessTest, AnExecIsMadeStartedAndAskedForItsEnd) {
  engine_.Answer("POST /containers/e1/exec", R"({"Id":"x1"})", "201 Created");
  engine_.Answer("POST /exec/x1/start", std::string("\1\0\0\0\0\0\0\2hi", 10), "101 UPGRADED");
  engine_.Answer("GET /exec/x1/json", R"({"ExitCode":7})");
  StreamPipe output;
  const ReplacedStream out(STDOUT_FILENO, output.writer());
  EXPECT_THAT(ExecByEngine(session_, "e1", {.command = {"ls"}, .user = "me"}),
              test::IsOkAndHolds(7));
  EXPECT_EQ(output.Read(), "hi");
  EXPECT_THAT(engine_.Calls(), ElementsAre(StartsWith("POST /containers/e1/exec "),
                                           R"(POST /exec/x1/start {"Detach":false,"Tty":false})",
                                           "GET /exec/x1/json"));
}

TEST_F(EngineProcessTest, ADetachedExecIsNotAwaited) {
  engine_.Answer("POST /containers/e1/exec", R"({"Id":"x1"})", "201 Created");
  engine_.Answer("POST /exec/x1/start", "");
  EXPECT_THAT(ExecByEngine(session_, "e1", {.command = {"ls"}, .detached = true}),
              test::IsOkAndHolds(0));
  EXPECT_EQ(engine_.Calls().size(), 2U);
}

TEST_F(EngineProcessTest, ARefusalIsTheDaemons) {
  engine_.Answer("POST /containers/e1/exec", R"({"message":"container e1 is paused"})",
                 "409 Conflict");
  EXPECT_THAT(ExecByEngine(session_, "e1", {.command = {"ls"}}),
              test::StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("is paused")));
}

TEST_F(EngineProcessTest, AnAttachEndsWithTheContainersCode) {
  engine_.Answer("POST /containers/e1/attach?stream=1&stdout=1&stderr=1", "", "101 UPGRADED");
  engine_.Answer("POST /containers/e1/wait?condition=next-exit", R"({"StatusCode":3})");
  EXPECT_THAT(ConnectByEngine(session_, "e1", {}), test::IsOkAndHolds(3));
  // Whoever asks when the streams have ended asks for a container that may be gone.
  EXPECT_THAT(engine_.Calls(),
              ElementsAre("POST /containers/e1/wait?condition=next-exit",
                          "POST /containers/e1/attach?stream=1&stdout=1&stderr=1"));
}

TEST_F(EngineProcessTest, AnAttachAsksForTheStreamsThatAreWanted) {
  ContainerStreams streams;
  streams.connected = {.input = true, .output = false, .error = true};
  streams.begin = [] { return absl::AbortedError("it has ended"); };
  const std::string attach = "POST /containers/e1/attach?stream=1&stdin=1&stderr=1";
  engine_.Answer(attach, "", "101 UPGRADED");
  engine_.Answer("POST /containers/e1/wait?condition=next-exit", "{}");
  EXPECT_THAT(ConnectByEngine(session_, "e1", streams),
              test::StatusIs(absl::StatusCode::kAborted, "it has ended"));
  EXPECT_EQ(engine_.Calls().back(), attach);
  streams.terminal = true;
  streams.detach_keys = "nonsense";
  EXPECT_THAT(ConnectByEngine(session_, "e1", streams),
              test::StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ExecBody, HasWhatIsAskedFor) {
  const berth::Json body = ExecBody({.command = {"sh", "-c"},
                                     .environment = {"A=b"},
                                     .user = "me",
                                     .working_directory = "/w",
                                     .privileged = true,
                                     .input = true,
                                     .terminal = true});
  EXPECT_EQ(body["Cmd"], berth::Json({"sh", "-c"}));
  EXPECT_EQ(body["Env"], berth::Json({"A=b"}));
  EXPECT_EQ(body["User"], "me");
  EXPECT_EQ(body["WorkingDir"], "/w");
  EXPECT_EQ(body["Privileged"], true);
  EXPECT_EQ(body["AttachStdin"], true);
  EXPECT_EQ(body["Tty"], true);
}

}  // namespace
}  // namespace berth::cli
