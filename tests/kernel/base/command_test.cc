// SPDX-License-Identifier: Apache-2.0
#include "base/command.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/process.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth {
namespace {

using test::ErrnoIs;
using test::IsOk;
using test::StatusIs;
using test::TempDir;
using ::testing::HasSubstr;

Call Soon() {
  return Call::WithTimeout(absl::Seconds(30));
}

Command Shell(const std::string& script) {
  Command command;
  command.arguments = {"/bin/sh", "-c", script};
  command.environment = {"PATH=/usr/bin:/bin"};
  return command;
}

TEST(Command, GivesOutputErrorsAndExitCode) {
  ASSERT_OK_AND_ASSIGN(CommandResult result,
                       RunCommand(Soon(), Shell("echo out; echo err >&2; exit 3")));
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
  EXPECT_EQ(result.exit_code, 3);
}

TEST(Command, TellsTheSignalThatEndedIt) {
  ASSERT_OK_AND_ASSIGN(CommandResult result, RunCommand(Soon(), Shell("kill -TERM $$")));
  EXPECT_EQ(result.exit_code, 128 + SIGTERM);
}

TEST(Command, GetsItsInputAndNothingMore) {
  Command command = Shell("cat");
  command.input = std::string(300'000, 'x') + "\n";
  ASSERT_OK_AND_ASSIGN(CommandResult result, RunCommand(Soon(), command));
  EXPECT_EQ(result.out, command.input);
  ASSERT_OK_AND_ASSIGN(CommandResult nothing, RunCommand(Soon(), Shell("cat")));
  EXPECT_EQ(nothing.out, "");
}

TEST(Command, NeedNotReadItsInput) {
  Command command = Shell("exit 0");
  command.input = std::string(1 << 20, 'x');
  ASSERT_OK_AND_ASSIGN(CommandResult result, RunCommand(Soon(), command));
  EXPECT_EQ(result.exit_code, 0);
}

TEST(Command, GetsExactlyTheEnvironment) {
  Command command;
  command.arguments = {"/usr/bin/env"};
  command.environment = {"A=1", "B=two words"};
  ASSERT_OK_AND_ASSIGN(CommandResult result, RunCommand(Soon(), command));
  EXPECT_EQ(result.out, "A=1\nB=two words\n");
}

TEST(Command, InheritsNoDescriptor) {
  int leaked[2];
  ASSERT_EQ(pipe(leaked), 0);  // on purpose without O_CLOEXEC
  ASSERT_OK_AND_ASSIGN(CommandResult result, RunCommand(Soon(), Shell("ls /proc/self/fd")));
  close(leaked[0]);
  close(leaked[1]);
  EXPECT_EQ(result.out, "0\n1\n2\n3\n");  // 3 is the directory that ls reads
}

TEST(Command, HasItsOutputCut) {
  Command command = Shell("head -c 100000 /dev/zero; echo end >&2");
  command.max_output = 1000;
  ASSERT_OK_AND_ASSIGN(CommandResult result, RunCommand(Soon(), command));
  EXPECT_EQ(result.out, std::string(1000, '\0'));
  EXPECT_EQ(result.err, "end\n");
  EXPECT_EQ(result.exit_code, 0);
}

TEST(Command, IsEndedByItsOutputWhereThatIsAsked) {
  Command command = Shell("while echo y; do :; done");
  command.max_output = 1000;
  command.ends_at_max_output = true;
  EXPECT_THAT(RunCommand(Soon(), command),
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("more than 1000 bytes")));
  command.arguments = Shell("head -c 1000 /dev/zero; head -c 100000 /dev/zero >&2").arguments;
  ASSERT_OK_AND_ASSIGN(CommandResult result, RunCommand(Soon(), command));
  EXPECT_EQ(result.out.size(), 1000u);
  EXPECT_EQ(result.err.size(), 1000u) << "what it complains of is cut";
}

TEST(Command, MayBeAScript) {
  TempDir dir;
  const std::string path = dir.Write("plugin", "#!/bin/sh\necho \"$0 $1\"\n");
  ASSERT_EQ(chmod(path.c_str(), 0755), 0);
  Command command;
  command.arguments = {path, "x"};
  ASSERT_OK_AND_ASSIGN(CommandResult result, RunCommand(Soon(), command));
  EXPECT_EQ(result.out, absl::StrCat(path, " x\n"));
}

TEST(Command, MustExist) {
  Command command;
  command.arguments = {"/nonexistent/program"};
  EXPECT_THAT(RunCommand(Soon(), command),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nonexistent/program")));
  command.arguments = {"relative"};
  EXPECT_THAT(RunCommand(Soon(), command), StatusIs(absl::StatusCode::kInvalidArgument));
  command.arguments = {};
  EXPECT_THAT(RunCommand(Soon(), command), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Command, IsKilledWithItsChildrenAtTheDeadline) {
  TempDir dir;
  const std::string script = absl::StrCat("sleep 1000 & echo $! > ", dir.Join("child"),
                                          "; echo $$ > ", dir.Join("parent"), "; kill -STOP $$");
  EXPECT_THAT(RunCommand(Call::WithTimeout(absl::Milliseconds(500)), Shell(script)),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("/bin/sh")));
  for (const char* name : {"child", "parent"}) {
    int pid = 0;
    ASSERT_TRUE(absl::SimpleAtoi(absl::StripSuffix(dir.Read(name), "\n"), &pid)) << name;
    // Gone, or about to go: whatever is still there has been killed.
    if (sys::ErrnoOr<sys::Fd> process = sys::OpenProcess(pid); process.ok()) {
      EXPECT_THAT(sys::AwaitExit(process->get(), sys::MonotonicTime() + 10 * sys::kSecond), IsOk());
    } else {
      EXPECT_THAT(process, ErrnoIs(ESRCH));
    }
  }
}

TEST(Command, IsKilledWhenItsCallerGoesAway) {
  std::atomic<int> asked = 0;
  Call call(absl::InfiniteFuture(), [&asked] { return ++asked > 2; });
  EXPECT_THAT(RunCommand(call, Shell("sleep 1000")), StatusIs(absl::StatusCode::kCancelled));
}

TEST(Command, IsNotStartedForACallThatHasEnded) {
  TempDir dir;
  EXPECT_THAT(RunCommand(Call(absl::InfinitePast()), Shell("touch " + dir.Join("ran"))),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_NE(access(dir.Join("ran").c_str(), F_OK), 0);
}

TEST(Command, DoesNotWaitForAChildThatHoldsItsOutput) {
  ASSERT_OK_AND_ASSIGN(CommandResult result, RunCommand(Soon(), Shell("sleep 1000 & echo $!")));
  int pid = 0;
  ASSERT_TRUE(absl::SimpleAtoi(absl::StripSuffix(result.out, "\n"), &pid));
  EXPECT_EQ(kill(pid, SIGKILL), 0);
}

}  // namespace
}  // namespace berth
