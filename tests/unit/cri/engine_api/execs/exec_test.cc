// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/execs/exec.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;

TEST(Exec, ReadsWhatTheClientSends) {
  const ExecSpec spec = ParseExecSpec({{"Cmd", {"sh", "-c", "ls"}},
                                       {"Env", {"A=b"}},
                                       {"WorkingDir", "/tmp"},
                                       {"User", "nobody"},
                                       {"Privileged", true},
                                       {"Tty", true},
                                       {"AttachStdin", true},
                                       {"AttachStdout", true},
                                       {"AttachStderr", true},
                                       {"DetachKeys", "ctrl-a"},
                                       {"ConsoleSize", {24, 80}}})
                            .value();
  EXPECT_EQ(spec.command.arguments, (std::vector<std::string>{"sh", "-c", "ls"}));
  EXPECT_EQ(spec.command.environment, (std::vector<std::string>{"A=b"}));
  EXPECT_EQ(spec.command.working_directory, "/tmp");
  EXPECT_EQ(spec.command.user, "nobody");
  EXPECT_TRUE(spec.command.privileged);
  EXPECT_TRUE(spec.streams.input && spec.streams.output && spec.streams.terminal);
  EXPECT_FALSE(spec.streams.error);  // a terminal has none of its own
  EXPECT_EQ(spec.detach_keys, "\x01");
  EXPECT_EQ(spec.size, (TerminalSize{24, 80}));
}

TEST(Exec, WithoutATerminalNoKeysAreLookedFor) {
  const ExecSpec spec = ParseExecSpec({{"Cmd", {"ls"}}, {"AttachStderr", true}}).value();
  EXPECT_EQ(spec.detach_keys, "");
  EXPECT_TRUE(spec.streams.error);
}

TEST(Exec, RefusesWhatMakesNoSense) {
  EXPECT_THAT(ParseExecSpec(Json::object()),
              test::StatusIs(absl::StatusCode::kInvalidArgument, "No exec command specified"));
  for (const Json& bad :
       {Json{{"Cmd", {""}}}, Json{{"Cmd", {"ls"}}, {"Env", "A=b"}},
        Json{{"Cmd", {"ls"}}, {"Tty", true}, {"DetachKeys", "shift-a"}},
        Json{{"Cmd", {"ls"}}, {"ConsoleSize", {1, 2, 3}}}, Json{{"Cmd", {"ls"}}, {"Tty", 1}}}) {
    EXPECT_THAT(ParseExecSpec(bad), test::StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
  EXPECT_FALSE(ParseExecStart({{"Detach", "yes"}}).ok());
  EXPECT_TRUE(ParseExecStart({{"Detach", true}})->detached);
}

TEST(Exec, OnlyARunningContainerExecutes) {
  EngineContainerRecord record;
  record.id = "c1";
  record.state.status = EngineStatus::kRunning;
  EXPECT_THAT(CheckExecutable(record), test::IsOk());
  const std::pair<EngineStatus, const char*> refused[] = {
      {EngineStatus::kExited, "container c1 is not running"},
      {EngineStatus::kCreated, "container c1 is not running"},
      {EngineStatus::kPaused, "container c1 is paused, unpause the container before exec"},
      {EngineStatus::kRestarting,
       "Container c1 is restarting, wait until the container is running"}};
  for (const auto& [status, words] : refused) {
    record.state.status = status;
    EXPECT_THAT(CheckExecutable(record),
                test::StatusIs(absl::StatusCode::kFailedPrecondition, words));
  }
}

TEST(Exec, RefusalsHaveDockersCodes) {
  const ExecSpec spec = ParseExecSpec({{"Cmd", {"nosuch"}}}).value();
  const auto absent =
      ExecRefusal(absl::InternalError("execute (nosuch): No such file or directory"), spec);
  EXPECT_EQ(absent.second, 127);
  EXPECT_THAT(std::string(absent.first.message()),
              HasSubstr("exec: \"nosuch\": executable file not found in $PATH"));
  EXPECT_EQ(ExecRefusal(absl::InternalError("execute: Permission denied"), spec).second, 126);
  EXPECT_EQ(ExecRefusal(absl::InvalidArgumentError("no such user"), spec).second, 126);
}

TEST(Exec, IsForgottenAfterItsEndAndWithoutAStart) {
  using Phase = ExecState::Phase;
  EXPECT_FALSE(IsStale(Phase::kCreated, kUnstartedExecKept));
  EXPECT_TRUE(IsStale(Phase::kCreated, kUnstartedExecKept + absl::Seconds(1)));
  EXPECT_FALSE(IsStale(Phase::kEnded, kEndedExecKept));
  EXPECT_TRUE(IsStale(Phase::kEnded, kEndedExecKept + absl::Seconds(1)));
  EXPECT_FALSE(IsStale(Phase::kStarting, absl::Hours(1000)));
  EXPECT_FALSE(IsStale(Phase::kRunning, absl::Hours(1000)));
}

TEST(Exec, IsToldOf) {
  ExecState state;
  state.id = "e1";
  state.container_id = "c1";
  state.spec = ParseExecSpec({{"Cmd", {"sh", "-c", "ls"}}, {"User", "1"}}).value();
  Json json = ExecDetails(state);
  EXPECT_EQ(json["Running"], false);
  EXPECT_TRUE(json["ExitCode"].is_null());
  EXPECT_EQ(json["ProcessConfig"]["entrypoint"], "sh");
  EXPECT_EQ(json["ProcessConfig"]["arguments"], Json::array({"-c", "ls"}));
  state.phase = ExecState::Phase::kEnded;
  state.exit_code = 3;
  json = ExecDetails(state);
  EXPECT_EQ(json["ExitCode"], 3);
  EXPECT_EQ(json["CanRemove"], true);
  EXPECT_EQ(ExecAction("exec_start", state.spec), "exec_start: sh -c ls");
}

}  // namespace
}  // namespace berth::cri
