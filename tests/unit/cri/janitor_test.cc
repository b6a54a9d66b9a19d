// SPDX-License-Identifier: Apache-2.0
#include "cri/janitor.h"

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace berth::cri {
namespace {

TEST(Janitor, DoesTheChoreAgainAndAgain) {
  absl::Notification twice;
  int count = 0;
  Janitor janitor(absl::Milliseconds(1), [&] {
    if (++count == 2) {
      twice.Notify();
    }
  });
  EXPECT_TRUE(twice.WaitForNotificationWithTimeout(absl::Seconds(10)));
}

TEST(Janitor, EndsAtOnceWhileWaiting) {
  const absl::Time start = absl::Now();
  {
    Janitor janitor(absl::Hours(1), [] {});
  }
  EXPECT_LT(absl::Now() - start, absl::Minutes(1));
}

}  // namespace
}  // namespace berth::cri
