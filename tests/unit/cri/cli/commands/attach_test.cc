// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/attach.h"

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"

#include "cri/cli/command_line.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

// What the daemon is asked for when a command line is carried out; its answer is no stream.
std::vector<std::string> CallsOf(const std::string& command_line) {
  FakeDaemon daemon;
  daemon.AddPod("p1", "web", true);
  daemon.AddContainer("c1", "p1", "web", v1::CONTAINER_RUNNING);
  daemon.info = R"({"config":{"stdin":true}})";
  Session session{daemon.Address()};
  Verb program("berth");
  DeclareProgram(program, session);
  Chosen chosen;
  EXPECT_TRUE(ParseCommandLine(program, absl::StrSplit(command_line, ' '), chosen).ok());
  EXPECT_FALSE(chosen.run(session).ok());
  return daemon.Calls();
}

TEST(AttachCommand, TakesTheContainersInputUnlessToldNotTo) {
  EXPECT_THAT(CallsOf("attach web"), ::testing::ElementsAre("attach c1 stdin stdout stderr"));
  EXPECT_THAT(CallsOf("attach --no-stdin web"), ::testing::ElementsAre("attach c1 stdout stderr"));
  EXPECT_THAT(CallsOf("attach other"), ::testing::IsEmpty());
}

TEST(AttachCommand, IsForWhatRuns) {
  const std::pair<const char*, const char*> kStates[] = {
      {R"({"Running":false})", "stopped container, start it first"},
      {R"({"Running":true,"Paused":true})", "paused container, unpause it first"},
      {R"({"Running":true,"Restarting":true})", "restarting container, wait"}};
  for (const auto& [state, words] : kStates) {
    CommandUnderTest command;
    command.engine.Answer("GET /containers/db/json",
                          absl::StrCat(R"({"Id":"e1","State":)", state, "}"));
    EXPECT_THAT(command.Run("attach db"),
                test::StatusIs(absl::StatusCode::kFailedPrecondition, ::testing::HasSubstr(words)));
    EXPECT_EQ(command.engine.Calls().size(), 1U);
  }
}

}  // namespace
}  // namespace berth::cli
