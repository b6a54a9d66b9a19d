// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_exec.h"

#include <signal.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/clock.h"
#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/kernel/runtime/session_reader.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::HasSubstr;

// A pod with one container that sleeps.
struct ExecFixture : RuntimeFixture {
  ExecFixture() {
    Open();
    pod = RunPod("one");
    container = Start(pod, "main", "exec sleep 1000");
  }
  ~ExecFixture() { EXPECT_THAT(runtime().RemovePod(Soon(), pod), test::IsOk()); }
  ExecFixture(const ExecFixture&) = delete;
  ExecFixture& operator=(const ExecFixture&) = delete;

  std::unique_ptr<ProcessSession> Sh(const std::string& script, const StreamChoice& streams) {
    auto session =
        runtime().Exec(Soon(), container, {.arguments = {"/bin/sh", "-c", script}}, streams);
    EXPECT_THAT(session, test::IsOk());
    return std::move(session).value();
  }
  bool Runs(const std::string& needle) {
    const std::vector<int> pids = CgroupOf(pod, container).Processes().value();
    return std::any_of(pids.begin(), pids.end(), [&](int pid) {
      return ReadAll(absl::StrCat("/proc/", pid, "/cmdline")).find(needle) != std::string::npos;
    });
  }

  std::string pod;
  std::string container;
};

KERNEL_TEST(ContainerExec, GivesTheStreamsThatAreWanted) {
  ExecFixture fixture;
  auto session =
      fixture.Sh("cat; echo err >&2; exit 3", {.input = true, .output = true, .error = true});
  sys::Fd input = session->TakeInput();
  const sys::Fd output = session->TakeOutput();
  const sys::Fd error = session->TakeError();
  ASSERT_EQ(write(input.get(), "hello\n", 6), 6);
  EXPECT_EQ(ReadUntil(output.get(), "hello\n"), "hello\n");
  EXPECT_FALSE(session->Exit().has_value());
  input = sys::Fd();  // end of file
  EXPECT_EQ(ReadToEnd(output.get()), "");
  EXPECT_EQ(ReadToEnd(error.get()), "err\n");
  EXPECT_EQ(AwaitExit(*session), 3);
}

KERNEL_TEST(ContainerExec, WhatIsNotWantedIsTheNullDevice) {
  ExecFixture fixture;
  auto session = fixture.Sh("cat; echo out; echo err >&2", {.error = true});
  EXPECT_FALSE(session->TakeInput().is_open());
  EXPECT_FALSE(session->TakeOutput().is_open());
  EXPECT_EQ(ReadToEnd(session->TakeError().get()), "err\n");
  EXPECT_EQ(AwaitExit(*session), 0);
}

KERNEL_TEST(ContainerExec, ATerminalCanBeResized) {
  ExecFixture fixture;
  auto session = fixture.Sh("read line; stty size; echo $TERM",
                            {.input = true, .output = true, .error = true, .terminal = true});
  EXPECT_THAT(session->Resize(33, 77), test::IsOk());
  const sys::Fd input = session->TakeInput();
  const sys::Fd output = session->TakeOutput();
  EXPECT_FALSE(session->TakeError().is_open());
  ASSERT_EQ(write(input.get(), "go\n", 3), 3);
  EXPECT_THAT(ReadToEnd(output.get()), HasSubstr("33 77\r\nxterm"));
  EXPECT_EQ(AwaitExit(*session), 0);
}

KERNEL_TEST(ContainerExec, ItsEndKillsTheProcessAndItsDescendants) {
  ExecFixture fixture;
  for (const bool terminal : {false, true}) {
    auto session = fixture.Sh("sleep 7654321 & echo go; sleep 7654322",
                              {.output = true, .terminal = terminal});
    const sys::Fd output = session->TakeOutput();
    EXPECT_THAT(ReadUntil(output.get(), "go"), HasSubstr("go"));
    session.reset();
    EXPECT_TRUE(Eventually([&] { return !fixture.Runs("765432"); }));
  }
  EXPECT_TRUE(fixture.Runs("sleep"));
}

KERNEL_TEST(ContainerExec, AProgramThatIsNotThereIsAnError) {
  ExecFixture fixture;
  for (const bool terminal : {false, true}) {
    EXPECT_THAT(
        fixture.runtime().Exec(fixture.Soon(), fixture.container, {.arguments = {"/no/such"}},
                               {.output = true, .terminal = terminal}),
        test::StatusIs(absl::StatusCode::kInternal, HasSubstr("execute (/no/such): No such file")));
  }
}

KERNEL_TEST(ContainerExec, ACallerThatHasGoneIsNotWaitedFor) {
  ExecFixture fixture;
  const pid_t shim = fixture.runtime().FindPod(fixture.pod)->shim_pid;
  ASSERT_EQ(kill(shim, SIGSTOP), 0);
  const Call gone(SteadyNow() + absl::Seconds(30), [] { return true; });
  const absl::Time before = SteadyNow();
  EXPECT_THAT(fixture.runtime().Exec(gone, fixture.container, {.arguments = {"/bin/true"}},
                                     {.output = true}),
              test::StatusIs(absl::StatusCode::kCancelled));
  EXPECT_LT(SteadyNow() - before, absl::Seconds(2));
  EXPECT_EQ(kill(shim, SIGCONT), 0);
}

KERNEL_TEST(ContainerExec, AShimThatAnswersNobodyIsSaidToBeSilent) {
  ExecFixture fixture;
  const pid_t shim = fixture.runtime().FindPod(fixture.pod)->shim_pid;
  ASSERT_EQ(kill(shim, SIGSTOP), 0);
  const absl::Time before = SteadyNow();
  EXPECT_THAT(fixture.runtime().Exec(fixture.Soon(), fixture.container,
                                     {.arguments = {"/bin/true"}}, {.output = true}),
              test::StatusIs(absl::StatusCode::kUnavailable, HasSubstr("does not answer")));
  EXPECT_LT(SteadyNow() - before, absl::Seconds(15));
  EXPECT_THAT(fixture.runtime().Attach(fixture.Soon(), fixture.container, {.output = true}),
              test::StatusIs(absl::StatusCode::kUnavailable, HasSubstr("does not answer")));
  EXPECT_EQ(kill(shim, SIGCONT), 0);
}

KERNEL_TEST(ContainerExec, NeedsARunningContainer) {
  ExecFixture fixture;
  const std::string created = fixture.Create(fixture.pod, "created", "true");
  EXPECT_THAT(fixture.runtime().Exec(fixture.Soon(), created, {.arguments = {"/bin/true"}}, {}),
              test::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(fixture.runtime().Exec(fixture.Soon(), "nobody", {.arguments = {"/bin/true"}}, {}),
              test::StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace berth::runtime
