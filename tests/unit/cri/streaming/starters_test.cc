// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/starters.h"

#include <atomic>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cri {
namespace {

TEST(Starters, ASlowOneDelaysNoOther) {
  absl::Notification release;
  absl::Notification other_ran;
  Starters starters(4, 2);
  for (int i = 0; i < 10; ++i) {
    starters.Schedule("slow", [&] { release.WaitForNotification(); });
  }
  starters.Schedule("other", [&] { other_ran.Notify(); });
  EXPECT_TRUE(other_ran.WaitForNotificationWithTimeout(absl::Seconds(20)));
  release.Notify();
}

TEST(Starters, RunAllOfOneInOrder) {
  std::vector<int> ran;
  {
    Starters starters(4, 1);
    for (int i = 0; i < 100; ++i) {
      starters.Schedule("one", [&, i] { ran.push_back(i); });
    }
  }
  EXPECT_EQ(ran.size(), 100u);
  EXPECT_TRUE(std::is_sorted(ran.begin(), ran.end()));
}

TEST(Starters, HaveNoMoreOfOneAtOnceThanIsAllowed) {
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  {
    Starters starters(8, 3);
    for (int i = 0; i < 200; ++i) {
      starters.Schedule("one", [&] {
        const int now = ++running;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        --running;
      });
    }
  }
  EXPECT_LE(most, 3);
}

}  // namespace
}  // namespace berth::cri
