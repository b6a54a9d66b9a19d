// SPDX-License-Identifier: Apache-2.0
#include "base/agenda.h"

#include <atomic>
#include <memory>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

#include "base/clock.h"

namespace berth {
namespace {

TEST(Agenda, DoesWhatIsDueInTheOrderOfTheirTimes) {
  Agenda agenda("test", 3);
  absl::Notification early;
  absl::Notification late;
  const absl::Time now = SteadyNow();
  agenda.At(now + absl::Milliseconds(20), [&] {
    EXPECT_TRUE(early.HasBeenNotified());
    late.Notify();
  });
  agenda.At(now + absl::Milliseconds(1), [&] { early.Notify(); });
  ASSERT_TRUE(late.WaitForNotificationWithTimeout(absl::Seconds(10)));
  EXPECT_GE(SteadyNow(), now + absl::Milliseconds(20));
}

TEST(Agenda, WorkMayPutWorkOnIt) {
  Agenda agenda("test", 3);
  absl::Notification done;
  agenda.Now([&] { agenda.At(SteadyNow(), [&] { done.Notify(); }); });
  EXPECT_TRUE(done.WaitForNotificationWithTimeout(absl::Seconds(10)));
}

TEST(Agenda, BlockedWorkDoesNotDelayTheRest) {
  Agenda agenda("test", 3);
  absl::Notification release;
  absl::Notification done;
  agenda.Now([&] { release.WaitForNotification(); });
  agenda.Now([&] { done.Notify(); });
  EXPECT_TRUE(done.WaitForNotificationWithTimeout(absl::Seconds(10)));
  release.Notify();
}

TEST(Agenda, StopDropsWhatIsNotDueAndFinishesWhatHasBegun) {
  Agenda agenda("test", 3);
  std::atomic<int> done = 0;
  agenda.At(SteadyNow() + absl::Hours(1), [&] { done += 100; });
  agenda.Now([&] { ++done; });
  agenda.Stop();
  EXPECT_EQ(done, 1);
  agenda.Now([&] { done += 100; });
  agenda.At(SteadyNow(), [&] { done += 100; });
  agenda.Stop();
  EXPECT_EQ(done, 1);
}

TEST(Agenda, OfOneKeyTheEarliestIsDone) {
  Agenda agenda("test", 1);
  absl::Notification done;
  auto held = std::make_shared<int>();
  agenda.Once("a", SteadyNow() + absl::Hours(1), [held] { FAIL(); });
  agenda.Once("a", SteadyNow() + absl::Hours(2), [held] { FAIL(); });
  EXPECT_EQ(held.use_count(), 2);
  agenda.Once("a", SteadyNow(), [&] { done.Notify(); });
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_TRUE(done.WaitForNotificationWithTimeout(absl::Seconds(10)));
  agenda.Once("a", SteadyNow() + absl::Hours(1), [held] { FAIL(); });
  EXPECT_EQ(held.use_count(), 2);  // the one that was done is in nobody's way
}

TEST(Agenda, WhatIsDroppedIsNotDone) {
  Agenda agenda("test", 1);
  auto held = std::make_shared<int>();
  agenda.Once("a", SteadyNow() + absl::Hours(1), [held] { FAIL(); });
  agenda.Drop("b");
  EXPECT_EQ(held.use_count(), 2);
  agenda.Drop("a");
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace berth
