// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/command_line.h"

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/version.h"

namespace berth::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class CommandLine : public testing::Test {
 protected:
  absl::StatusOr<std::string> Parse(const std::string& line) {
    chosen = Chosen();
    Verb program("berth");
    DeclareProgram(program, session);
    return ParseCommandLine(program, absl::StrSplit(line, ' ', absl::SkipEmpty()), chosen);
  }
  std::string Text(const std::string& line) { return Parse(line).value_or("an error"); }
  std::string Problem(const std::string& line) {
    const absl::Status status = Parse(line).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << line;
    EXPECT_EQ(chosen.run, nullptr) << line;
    return std::string(status.message());
  }

  Session session;
  Chosen chosen;
};

TEST_F(CommandLine, ChoosesAVerb) {
  for (const char* line : {"ps -aq",
                           "pods --no-trunc",
                           "logs -f --tail 5 web",
                           "stats web",
                           "stop -t 0 web other",
                           "rm -f web",
                           "inspect --type pod web",
                           "pull nginx",
                           "images --digests nginx",
                           "rmi nginx",
                           "info --format json",
                           "version",
                           "network ls -q",
                           "volume create data",
                           "image ls",
                           "container ls -a",
                           "create --name a nginx",
                           "run -d --name web -p 80:80 nginx",
                           "exec web ls -l",
                           "build --rm --force-rm=true .",
                           "images -a",
                           "run -p=80:80 -d=false nginx",
                           "history -H=false nginx"}) {
    EXPECT_EQ(Text(line), "") << line;
    EXPECT_NE(chosen.run, nullptr) << line;
  }
}

TEST_F(CommandLine, LeavesOptionsBehindTheFirstWordToTheCommand) {
  EXPECT_EQ(Text("run nginx --help"), "");
  EXPECT_NE(chosen.run, nullptr);
  EXPECT_EQ(Text("exec web -- --help"), "");
  EXPECT_NE(chosen.run, nullptr);
}

TEST_F(CommandLine, FailsAsDockerDoes) {
  Parse("run nginx").IgnoreError();
  EXPECT_EQ(chosen.failure_code, kExitOwnFailure);
  Parse("ps").IgnoreError();
  EXPECT_EQ(chosen.failure_code, kExitFailure);
}

TEST_F(CommandLine, TakesTheAddress) {
  EXPECT_EQ(Text("-H unix:///x ps"), "");
  EXPECT_EQ(session.address, "unix:///x");
}

TEST_F(CommandLine, HelpsWithEachVerb) {
  for (const char* line : {"", "--help", "help"}) {
    EXPECT_THAT(Text(line), HasSubstr("Usage: berth [OPTIONS] [COMMAND]")) << line;
    EXPECT_EQ(chosen.run, nullptr);
  }
  EXPECT_THAT(Text("rm --help"), HasSubstr("Usage: berth rm [OPTIONS] NAME..."));
  EXPECT_EQ(Text("help rm"), Text("rm --help"));
  EXPECT_THAT(Text("run --help"), HasSubstr("Usage: berth run [OPTIONS] IMAGE [COMMAND [ARG...]]"));
  EXPECT_THAT(Text("run --help"), Not(HasSubstr("TEXT")));
  EXPECT_EQ(Text("--version"), std::string("berth ") + kVersion + "\n");
}

TEST_F(CommandLine, SaysWhatIsWrongAndWhatMayHaveBeenMeant) {
  const std::pair<const char*, const char*> cases[] = {
      {"imges", "unknown command \"imges\"; did you mean images?\n  `berth --help` lists all"},
      {"help imges", "unknown command \"imges\"; did you mean images?"},
      {"search x",
       "search is not there: registries have no API for it in common\n  `berth --help`"},
      {"swarm init", "swarm is not there: "},
      {"volume update x", "update is not there: "},
      {"run --cpu-count=2 nginx", "--cpu-count is not there: that is of Windows\n  `berth run"},
      {"build --squash .", "--squash is not there: "},
      {"build --rm=false .", "--rm: there is nothing but that"},
      {"ps --format tabel", "tabel is neither table nor json nor a template"},
      {"volume lss",
       "unknown command \"lss\"; did you mean ls?\n  `berth volume --help` lists all"},
      {"volume", "a command is missing\n  `berth volume --help` shows how it is used"},
      {"qqqqqq", "unknown command \"qqqqqq\"\n"},
      {"ps --fromat json", "unknown option --fromat; did you mean --format?\n  `berth ps --help`"},
      {"run --nmae web nginx", "unknown option --nmae; did you mean --name?"},
      {"ps -x", "unknown option -x\n"},
      {"ps web", "unexpected web"},
      {"rm", "NAME is required\n  `berth rm --help` shows how it is used"},
      {"stop web -t", "--time needs a value"},
      {"stop -t -1 web", "--time: "},
      {"ps --format yaml", "yaml is neither table nor json nor a template"},
      {"run", "IMAGE is required\n  `berth run --help`"},
      {"exec web", "COMMAND is required"},
      {"logs --tail x web", "--tail"},
  };
  for (const auto& [line, problem] : cases) {
    EXPECT_THAT(Problem(line), HasSubstr(problem)) << line;
  }
}

}  // namespace
}  // namespace berth::cli
