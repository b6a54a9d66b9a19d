// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/command.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::runtime::oci {
namespace {

using ::testing::ElementsAre;

const Runtime& Crun() {
  static const auto* runtime = new Runtime{"/usr/bin/crun", "/run/state", {"--debug"}};
  return *runtime;
}

TEST(OciCommand, OfARunLeavesTheContainer) {
  const ProgramPlan program = RunProgram(Crun(), "id", "/bundle", /*terminal=*/false);
  EXPECT_THAT(program.arguments,
              ElementsAre("/usr/bin/crun", "--debug", "--root", "/run/state", "--log",
                          "/bundle/run.log", "--log-format", "json", "run", "--bundle", "/bundle",
                          "--detach", "--pid-file", "/bundle/run.pid", "id"));
  EXPECT_EQ(program.directory, "/bundle");
  EXPECT_EQ(program.pid_file, "/bundle/run.pid");
  EXPECT_EQ(program.log, "/bundle/run.log");
  EXPECT_EQ(program.console, "");
  EXPECT_EQ(program.environment, Environment());
}

TEST(OciCommand, OfATerminalNamesTheSocketFromTheBundle) {
  const ProgramPlan program = ExecProgram(Crun(), "id", "/bundle", "exec-1", /*terminal=*/true);
  EXPECT_THAT(
      program.arguments,
      ElementsAre("/usr/bin/crun", "--debug", "--root", "/run/state", "--log", "/bundle/exec-1.log",
                  "--log-format", "json", "exec", "--process", "/bundle/exec-1.json", "--detach",
                  "--pid-file", "/bundle/exec-1.pid", "--console-socket", "exec-1.sock", "id"));
  EXPECT_EQ(program.console, "exec-1.sock");
}

TEST(OciCommand, OfADeleteForces) {
  EXPECT_THAT(DeleteCommand(Crun(), "id"), ElementsAre("/usr/bin/crun", "--debug", "--root",
                                                       "/run/state", "delete", "--force", "id"));
  EXPECT_EQ(FeaturesCommand(Crun()).back(), "features");
}

TEST(LastError, IsTheLastMessageOfThatLevel) {
  EXPECT_EQ(LastError("{\"level\":\"error\",\"msg\":\"first\"}\n"
                      "{\"level\":\"error\",\"msg\":\"last\\nline\"}\n"
                      "{\"level\":\"warning\",\"msg\":\"no\"}\n"),
            "last line");
  EXPECT_EQ(LastError("no JSON\n"), "no JSON");
  EXPECT_EQ(LastError(""), "");
  EXPECT_EQ(LastError(std::string(5000, 'x')).size(), kMaxMessage);
  EXPECT_EQ(LastError("caf\xE9"), "caf\xEF\xBF\xBD");  // messages of protobuf are UTF-8
}

}  // namespace
}  // namespace berth::runtime::oci
