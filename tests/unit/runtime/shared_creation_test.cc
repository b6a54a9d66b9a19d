// SPDX-License-Identifier: Apache-2.0
#include "runtime/shared_creation.h"

#include <atomic>
#include <thread>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

constexpr auto kNobody = [](const std::string&) { ADD_FAILURE() << "it was claimed"; };

TEST(SharedCreation, ReturnsWhatWasMade) {
  SharedCreation creations;
  EXPECT_THAT(creations.Run(
                  Call(), "a", [](const Call&) { return std::string("id"); }, kNobody),
              test::IsOkAndHolds("id"));
  EXPECT_THAT(creations.Run(
                  Call(), "a", [](const Call&) { return absl::InternalError("no"); }, kNobody),
              test::StatusIs(absl::StatusCode::kInternal));
}

TEST(SharedCreation, ASecondCallerGetsTheResultOfTheFirst) {
  SharedCreation creations;
  absl::Notification running;
  absl::Notification finish;
  std::atomic<int> runs = 0;
  auto create = [&](const Call&) {
    ++runs;
    running.Notify();
    finish.WaitForNotification();
    return std::string("id");
  };
  std::thread first(
      [&] { EXPECT_THAT(creations.Run(Call(), "a", create, kNobody), test::IsOkAndHolds("id")); });
  running.WaitForNotification();
  const Call impatient = Call::WithTimeout(absl::Milliseconds(5));
  EXPECT_THAT(creations.Run(impatient, "a", create, kNobody),
              test::StatusIs(absl::StatusCode::kDeadlineExceeded));
  std::thread second(
      [&] { EXPECT_THAT(creations.Run(Call(), "a", create, kNobody), test::IsOkAndHolds("id")); });
  finish.Notify();
  first.join();
  second.join();
  EXPECT_LE(runs, 2);  // the second may have come after the first was done
}

TEST(SharedCreation, TheWorkGoesOnWhileAnyoneWaits) {
  SharedCreation creations;
  std::atomic<bool> first_has_gone = false;
  std::atomic<bool> second_waits = false;
  absl::Notification running;
  auto create = [&](const Call& call) -> absl::StatusOr<std::string> {
    running.Notify();
    while (!second_waits) {
      std::this_thread::yield();
    }
    first_has_gone = true;
    EXPECT_FALSE(call.cancelled());
    return std::string("id");
  };
  const Call leaving(absl::InfiniteFuture(), [&] { return first_has_gone.load(); });
  std::thread first(
      [&] { EXPECT_THAT(creations.Run(leaving, "a", create, kNobody), test::IsOkAndHolds("id")); });
  running.WaitForNotification();
  // Asked whether it still waits: so it waits.
  const Call staying(absl::InfiniteFuture(), [&] {
    second_waits = true;
    return false;
  });
  EXPECT_THAT(creations.Run(staying, "a", create, kNobody), test::IsOkAndHolds("id"));
  first.join();
}

TEST(SharedCreation, WhatNobodyWaitsForAnyMoreIsAbandoned) {
  SharedCreation creations;
  const Call gone(absl::InfiniteFuture(), [] { return true; });
  std::string abandoned;
  EXPECT_THAT(creations.Run(
                  gone, "a",
                  [](const Call& call) {
                    EXPECT_TRUE(call.cancelled());
                    return std::string("id");
                  },
                  [&](const std::string& id) { abandoned = id; }),
              test::IsOkAndHolds("id"));
  EXPECT_EQ(abandoned, "id");
}

}  // namespace
}  // namespace berth::runtime
