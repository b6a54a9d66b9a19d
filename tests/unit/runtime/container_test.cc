// SPDX-License-Identifier: Apache-2.0
#include "runtime/container.h"

#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/clock.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::HasSubstr;

class ContainerTest : public ::testing::Test {
 protected:
  static ContainerRecord Record() {
    ContainerRecord record;
    record.id = "ctr";
    record.created_at = 3;
    record.config.mutable_linux()->mutable_resources()->set_cpu_shares(100);
    return record;
  }
  static PodRecord PodOfIt() {
    PodRecord record;
    record.id = "pod";
    record.cgroup = "/berth/pod";
    return record;
  }
  static ContainerExit Exit(int code, bool oom_killed = false) {
    ContainerExit exit;
    exit.record.exit_code = code;
    exit.record.oom_killed = oom_killed;
    exit.record.started_at = 10;
    exit.record.finished_at = 20;
    return exit;
  }

  Container container_{Record(), std::make_shared<Pod>(PodOfIt(), "/state/pod")};
};

TEST_F(ContainerTest, ItsCgroupIsBelowThePods) {
  EXPECT_EQ(container_.cgroup(), "/berth/pod/ctr");
}

TEST_F(ContainerTest, GoesFromCreatedThroughRunningToExited) {
  EXPECT_EQ(container_.Snapshot().state, v1::CONTAINER_CREATED);
  EXPECT_THAT(container_.BeginStart(), test::IsOk());
  EXPECT_EQ(container_.Snapshot().state, v1::CONTAINER_CREATED);
  EXPECT_EQ(container_.MarkRunning(5, 10)->version, 1);
  EXPECT_EQ(container_.Snapshot().state, v1::CONTAINER_RUNNING);
  EXPECT_EQ(container_.Snapshot().pid, 5);
  EXPECT_EQ(container_.Snapshot().started_at, 10);
  EXPECT_EQ(container_.MarkExited(Exit(3))->version, 2);
  const ContainerSnapshot snapshot = container_.Snapshot();
  EXPECT_EQ(snapshot.state, v1::CONTAINER_EXITED);
  EXPECT_EQ(snapshot.exit_code, 3);
  EXPECT_EQ(snapshot.reason, "Error");
  EXPECT_EQ(snapshot.finished_at, 20);
  EXPECT_EQ(snapshot.pid, 0);
}

TEST_F(ContainerTest, StartsOnceOnly) {
  EXPECT_THAT(container_.BeginStart(), test::IsOk());
  EXPECT_THAT(container_.BeginStart(),
              test::StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("being started")));
  container_.FinishStart();
  EXPECT_THAT(container_.BeginStart(), test::IsOk());
  container_.MarkRunning(5, 10);
  EXPECT_THAT(container_.BeginStart(), test::StatusIs(absl::StatusCode::kFailedPrecondition,
                                                      HasSubstr("CONTAINER_RUNNING")));
  container_.MarkExited(Exit(0));
  EXPECT_THAT(container_.BeginStart(),
              test::StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("CONTAINER_EXITED")));
}

TEST_F(ContainerTest, AStartThatIsEndedIsWaitedFor) {
  container_.CancelStart();
  EXPECT_FALSE(container_.start_is_cancelled()) << "nobody was starting it";
  EXPECT_THAT(container_.EndStart(Call(absl::InfinitePast())), test::IsOk());
  EXPECT_THAT(container_.BeginStart(), test::IsOk());
  EXPECT_FALSE(container_.start_is_cancelled());
  EXPECT_THAT(container_.EndStart(Call(absl::InfinitePast())),
              test::StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("end the start")));
  EXPECT_TRUE(container_.start_is_cancelled());
  // Its exit is not the end: the starter has yet to let go of it.
  ContainerExit killed = Exit(137);
  killed.record.started_at = 0;
  container_.MarkExited(killed);
  EXPECT_EQ(container_.Snapshot().reason, "StartError");
  EXPECT_EQ(container_.Snapshot().message, kStoppedWhileStarting);
  EXPECT_THAT(container_.EndStart(Call(absl::InfinitePast())), ::testing::Not(test::IsOk()));
  container_.FinishStart();
  EXPECT_THAT(container_.EndStart(Call(absl::InfinitePast())), test::IsOk());
}

TEST_F(ContainerTest, WhatRanBeforeItsStartWasCancelledHasItsOwnReason) {
  EXPECT_THAT(container_.BeginStart(), test::IsOk());
  container_.MarkRunning(5, 10);
  container_.CancelStart();
  container_.MarkExited(Exit(3));
  EXPECT_EQ(container_.Snapshot().reason, "Error");
  EXPECT_EQ(container_.Snapshot().message, "");
}

TEST_F(ContainerTest, ACancelledStartIsNotTheNextOnes) {
  EXPECT_THAT(container_.BeginStart(), test::IsOk());
  container_.CancelStart();
  container_.FinishStart();
  EXPECT_THAT(container_.BeginStart(), test::IsOk());
  EXPECT_FALSE(container_.start_is_cancelled());
}

TEST_F(ContainerTest, DoesNotStartWhileItIsBeingRemoved) {
  container_.BeginRemoval();
  EXPECT_THAT(container_.BeginStart(),
              test::StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("being removed")));
}

TEST_F(ContainerTest, AnExitThatOvertakesTheStartStays) {
  EXPECT_THAT(container_.BeginStart(), test::IsOk());
  EXPECT_TRUE(container_.MarkExited(Exit(7)).has_value());
  EXPECT_EQ(container_.MarkRunning(5, 11), std::nullopt);
  EXPECT_EQ(container_.Snapshot().state, v1::CONTAINER_EXITED);
  EXPECT_EQ(container_.Snapshot().started_at, 10);
}

TEST_F(ContainerTest, TheFirstExitCounts) {
  container_.MarkRunning(5, 10);
  EXPECT_TRUE(container_.MarkExited(Exit(1)).has_value());
  EXPECT_EQ(container_.MarkExited(Exit(2)), std::nullopt);
  EXPECT_EQ(container_.Snapshot().exit_code, 1);
}

TEST_F(ContainerTest, IsUnknownWhileItsShimIsSilentAndRunsAgain) {
  EXPECT_EQ(container_.MarkUnknown(), std::nullopt);
  container_.MarkRunning(5, 10);
  EXPECT_TRUE(container_.MarkUnknown().has_value());
  EXPECT_EQ(container_.Snapshot().state, v1::CONTAINER_UNKNOWN);
  EXPECT_TRUE(container_.has_process());
  container_.MarkRunning(5, 10);
  EXPECT_EQ(container_.Snapshot().state, v1::CONTAINER_RUNNING);
}

TEST_F(ContainerTest, NeverFinishesBeforeItStarts) {
  container_.MarkRunning(5, 1000);
  ContainerExit exit = Exit(0);
  exit.record.started_at = 0;
  exit.record.finished_at = 10;
  container_.MarkExited(exit);
  EXPECT_EQ(container_.Snapshot().finished_at, 1000);
}

TEST_F(ContainerTest, ReasonsAreTheCris) {
  EXPECT_EQ(ReasonOf(Exit(0)), "Completed");
  EXPECT_EQ(ReasonOf(Exit(1)), "Error");
  EXPECT_EQ(ReasonOf(Exit(137)), "Error");
  EXPECT_EQ(ReasonOf(Exit(137, true)), "OOMKilled");
  ContainerExit exit = Exit(255);
  exit.reason = "Unknown";
  EXPECT_EQ(ReasonOf(exit), "Unknown");
}

TEST_F(ContainerTest, OneStopSignalIsSentAndTheKillOnlyComesEarlier) {
  const absl::Time now = absl::UnixEpoch();
  EXPECT_TRUE(container_.RequestStop(now + absl::Seconds(30)));
  EXPECT_FALSE(container_.RequestStop(now + absl::Seconds(60)));
  EXPECT_EQ(container_.kill_at(), now + absl::Seconds(30));
  EXPECT_FALSE(container_.RequestStop(now + absl::Seconds(5)));
  EXPECT_EQ(container_.kill_at(), now + absl::Seconds(5));
}

TEST_F(ContainerTest, AWaiterIsWokenByTheExit) {
  container_.MarkRunning(5, 10);
  std::thread exiting([&] { container_.MarkExited(Exit(0)); });
  EXPECT_TRUE(container_.WaitExited(SteadyNow() + absl::Seconds(10)));
  exiting.join();
}

TEST_F(ContainerTest, AWaiterGivesUpInTime) {
  container_.MarkRunning(5, 10);
  EXPECT_FALSE(container_.WaitExited(SteadyNow() + absl::Milliseconds(2)));
}

TEST_F(ContainerTest, ResourcesLastAppliedAreReported) {
  v1::LinuxContainerResources resources;
  resources.set_cpu_shares(7);
  container_.SetResources(resources);
  EXPECT_EQ(container_.Snapshot().resources.linux().cpu_shares(), 7);
  EXPECT_EQ(container_.Snapshot().config.linux().resources().cpu_shares(), 7);
}

}  // namespace
}  // namespace berth::runtime
