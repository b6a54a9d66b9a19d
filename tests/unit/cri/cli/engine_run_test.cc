// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_run.h"

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kCreate[] = "POST /containers/create?platform=linux%2Famd64";
constexpr char kRun[] = "run --platform linux/amd64 --restart always -d nginx";

TEST(RunByEngine, MakesAndStarts) {
  CommandUnderTest command;
  command.engine.Answer(kCreate, R"({"Id":"e9"})", "201 Created");
  command.engine.Answer("POST /containers/e9/start", "", "204 No Content");
  EXPECT_THAT(command.Run(kRun), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "e9\n");
  EXPECT_THAT(command.engine.Calls().front(), HasSubstr(R"("Name":"always")"));
}

TEST(RunByEngine, RemovesWhatDoesNotStart) {
  CommandUnderTest command;
  command.engine.Answer(kCreate, R"({"Id":"e9"})", "201 Created");
  command.engine.Answer(
      "POST /containers/e9/start",
      R"({"message":"failed to create task for container: exec: \"x\": executable file not found in $PATH"})",
      "400 Bad Request");
  EXPECT_THAT(command.Run(kRun), test::IsOkAndHolds(127));
  EXPECT_EQ(command.engine.Calls().back(), "DELETE /containers/e9?force=1&v=1");
}

TEST(RunByEngine, WaitsAndConnectsBeforeItStarts) {
  CommandUnderTest command;
  const std::string wait = "POST /containers/e9/wait?condition=removed";
  const std::string attach = "POST /containers/e9/attach?stream=1&stdout=1&stderr=1";
  command.engine.Answer(kCreate, R"({"Id":"e9"})", "201 Created");
  command.engine.Answer(wait, R"({"StatusCode":3})");
  command.engine.Answer(attach, std::string("\1\0\0\0\0\0\0\3hi\n", 11), "101 UPGRADED");
  command.engine.Answer("POST /containers/e9/start", "", "204 No Content");
  EXPECT_THAT(command.Run("run --platform linux/amd64 --init --rm nginx"), test::IsOkAndHolds(3));
  EXPECT_THAT(command.engine.Calls(), ElementsAre(HasSubstr(R"("AutoRemove":true)"), wait, attach,
                                                  "POST /containers/e9/start"));
}

constexpr char kPull[] = "POST /images/create?fromImage=nginx&tag=latest&platform=linux%2Famd64";

TEST(RunByEngine, PullsTheImageOfAPlatformThatIsMissing) {
  CommandUnderTest command;
  command.engine.Answer(kPull, R"({"status":"done"})");
  EXPECT_TRUE(absl::IsNotFound(command.Run(kRun).status()));
  EXPECT_THAT(command.engine.Calls(), ElementsAre(StartsWith(kCreate), kPull, StartsWith(kCreate)));
}

TEST(RunByEngine, PullsTheImageOfAPlatformAsItIsTold) {
  CommandUnderTest command;
  command.engine.Answer(kPull, "{\"error\":\"no such manifest\"}\n");
  EXPECT_THAT(command.Run("run --pull always --platform linux/amd64 -d nginx"),
              test::StatusIs(absl::StatusCode::kUnknown, HasSubstr("no such manifest")));
  EXPECT_THAT(command.engine.Calls(), ElementsAre(kPull));
  EXPECT_TRUE(
      absl::IsNotFound(command.Run("run --pull never --platform linux/amd64 -d nginx").status()));
  EXPECT_THAT(command.engine.Calls(), ElementsAre(kPull, StartsWith(kCreate)));
}

TEST(RunByEngine, IsNotForWhatJoinsAPod) {
  CommandUnderTest command;
  EXPECT_THAT(command.Run("run --pod web --init nginx"),
              test::StatusIs(absl::StatusCode::kInvalidArgument,
                             HasSubstr("--init: not together with --pod")));
  EXPECT_TRUE(absl::IsAlreadyExists(command.Run("run --name web --init nginx").status()));
}

}  // namespace
}  // namespace berth::cli
