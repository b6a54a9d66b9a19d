// SPDX-License-Identifier: Apache-2.0
#include "base/keyed_holds.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth {
namespace {

using Hold = KeyedHolds::Hold;

const Call& Impatient() {
  static const Call call = Call::WithTimeout(absl::ZeroDuration());
  return call;
}

TEST(KeyedHolds, GiveAKeyToOneAtATime) {
  KeyedHolds holds;
  {
    const auto first = holds.Acquire(Call(), "a");
    EXPECT_THAT(first, test::IsOk());
    EXPECT_THAT(holds.Acquire(Impatient(), "a"),
                test::StatusIs(absl::StatusCode::kDeadlineExceeded));
    EXPECT_FALSE(holds.TryAcquire("a").has_value());
    EXPECT_THAT(holds.Acquire(Call(), "b"), test::IsOk());
  }
  EXPECT_THAT(holds.Acquire(Call(), "a"), test::IsOk());
  std::optional<Hold> tried = holds.TryAcquire("a");
  ASSERT_TRUE(tried.has_value());
  EXPECT_FALSE(holds.TryAcquire("a").has_value());
  tried.reset();
  EXPECT_TRUE(holds.TryAcquire("a").has_value());
}

TEST(KeyedHolds, WhoWaitsLeavesWithItsCaller) {
  KeyedHolds holds;
  const auto hold = holds.Acquire(Call(), "a");
  EXPECT_THAT(holds.Acquire(Call(absl::InfiniteFuture(), [] { return true; }), "a"),
              test::StatusIs(absl::StatusCode::kCancelled));
}

TEST(KeyedHolds, AreOneThreadsAtATime) {
  KeyedHolds holds;
  std::atomic<int> inside = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        const auto hold = holds.Acquire(Call(), "a");
        EXPECT_EQ(++inside, 1);
        --inside;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

TEST(KeyedHolds, HandThemOnInOrderBeforeAnybodyWhoWaits) {
  KeyedHolds holds;
  std::string order;
  absl::Notification waits;
  std::optional<Hold> first(*holds.Acquire(Call(), "a"));
  std::thread waiter([&] {
    waits.Notify();
    const auto hold = holds.Acquire(Call(), "a");
    order += "w";
  });
  waits.WaitForNotification();
  std::unique_ptr<Hold> kept;
  holds.WhenFree("a", [&](Hold) { order += "1"; });
  holds.WhenFree("a", [&](Hold hold) {
    order += "2";
    kept = std::make_unique<Hold>(std::move(hold));
  });
  EXPECT_EQ(order, "");
  first.reset();
  EXPECT_EQ(order, "12");
  EXPECT_THAT(holds.Acquire(Impatient(), "a"), test::StatusIs(absl::StatusCode::kDeadlineExceeded));
  kept.reset();
  waiter.join();
  EXPECT_EQ(order, "12w");
  holds.WhenFree("a", [&](Hold) { order += "3"; });
  EXPECT_EQ(order, "12w3");
}

}  // namespace
}  // namespace berth
