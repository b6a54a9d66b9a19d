// SPDX-License-Identifier: Apache-2.0
#include "tests/support/kernel_test.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/command.h"
#include "tests/support/status_matchers.h"

namespace berth::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

KERNEL_TEST(KernelTest, RunsInAPidNamespaceOfItsOwn) {
  EXPECT_EQ(getppid(), 1);
  struct stat own = {};
  EXPECT_EQ(stat("/proc/self", &own), 0);
}

// The disabled tests are material: other tests run this program again with one of them enabled.
KERNEL_TEST(KernelTest, DISABLED_FailsTwice) {
  EXPECT_EQ(1, 2) << "the first failure";
  ASSERT_EQ(3, 4) << "the second failure";
  ADD_FAILURE() << "not reached";
}

KERNEL_TEST(KernelTest, DISABLED_Dies) {
  EXPECT_EQ(1, 2) << "said before";
  kill(getpid(), SIGKILL);
}

KERNEL_TEST(KernelTest, DISABLED_Skips) {
  GTEST_SKIP() << "no such thing here";
}

absl::StatusOr<CommandResult> RunDisabled(const std::string& name, const std::string& ci) {
  Command command;
  command.arguments = {"/proc/self/exe", "--gtest_also_run_disabled_tests",
                       absl::StrCat("--gtest_filter=KernelTest.DISABLED_", name)};
  command.environment = {absl::StrCat("CI=", ci)};
  return RunCommand(Call::WithTimeout(absl::Seconds(60)), command);
}

TEST(KernelTestFramework, RepeatsTheFailuresOfTheBody) {
  ASSERT_OK_AND_ASSIGN(CommandResult result, RunDisabled("FailsTwice", ""));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr(absl::StrCat(__FILE__, ":29: Failure")));
  EXPECT_THAT(result.out, HasSubstr("the first failure"));
  EXPECT_THAT(result.out, HasSubstr("the second failure"));
  EXPECT_THAT(result.out, Not(HasSubstr("not reached")));
}

TEST(KernelTestFramework, TakesACrashForAFailure) {
  ASSERT_OK_AND_ASSIGN(CommandResult result, RunDisabled("Dies", ""));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("said before"));
  EXPECT_THAT(result.out, HasSubstr("the body ended with 137"));
}

TEST(SkipPolicy, LetsASkipPassOutsideOfCi) {
  ASSERT_OK_AND_ASSIGN(CommandResult result, RunDisabled("Skips", ""));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("no such thing here"));
}

TEST(SkipPolicy, TakesASkipForAFailureInCi) {
  ASSERT_OK_AND_ASSIGN(CommandResult result, RunDisabled("Skips", "1"));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("KernelTest.DISABLED_Skips was skipped"));
}

}  // namespace
}  // namespace berth::test
