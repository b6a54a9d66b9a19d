// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/program.h"

#include <cerrno>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ProgramCandidates, AreTheDirectoriesOfThePath) {
  EXPECT_THAT(ProgramCandidates("x", {"A=b", "PATH=/a:/b"}), ElementsAre("/a/x", "/b/x"));
  EXPECT_THAT(ProgramCandidates("x", {"PATH=/a"}), ElementsAre("/a/x"));
  EXPECT_THAT(ProgramCandidates("x", {"PATH=/a", "PATH=/b"}), ElementsAre("/b/x"));
  EXPECT_THAT(ProgramCandidates("x", {"PATH=:/a:"}), ElementsAre("./x", "/a/x", "./x"));
  EXPECT_THAT(ProgramCandidates("x", {"PATH="}), ElementsAre("./x"));
}

TEST(ProgramCandidates, AreTheUsualDirectoriesWithoutAPath) {
  EXPECT_THAT(ProgramCandidates("x", {}),
              ElementsAre("/usr/local/sbin/x", "/usr/local/bin/x", "/usr/sbin/x", "/usr/bin/x",
                          "/sbin/x", "/bin/x"));
}

TEST(ProgramCandidates, AreItselfWithASlash) {
  EXPECT_THAT(ProgramCandidates("./x", {"PATH=/a"}), ElementsAre("./x"));
  EXPECT_THAT(ProgramCandidates("/b/x", {"PATH=/a"}), ElementsAre("/b/x"));
  EXPECT_THAT(ProgramCandidates("", {"PATH=/a"}), IsEmpty());
}

TEST(ExecuteProgram, TellsTheErrorThatSaysMost) {
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  EXPECT_EQ(ExecuteProgram(arguments, environment), EINVAL);
  arguments = {"nothing-of-that-name"};
  EXPECT_EQ(ExecuteProgram(arguments, environment), ENOENT);
  arguments = {"group"};  // /etc/group is there, but no program
  environment = {"PATH=/nowhere:/etc:/etc/group"};
  EXPECT_EQ(ExecuteProgram(arguments, environment), EACCES);
  arguments = {""};
  EXPECT_EQ(ExecuteProgram(arguments, environment), ENOENT);
}

}  // namespace
}  // namespace berth::shim
