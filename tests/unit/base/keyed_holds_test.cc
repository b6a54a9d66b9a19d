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

TEST(KeyedHolds, ShareAKeyWithWhoSharesIt) {
  KeyedHolds holds;
  std::optional<Hold> first(*holds.Share(Call(), "a"));
  std::optional<Hold> second(*holds.Share(Impatient(), "a"));
  for (std::optional<Hold>* each : {&first, &second}) {
    EXPECT_THAT(holds.Acquire(Impatient(), "a"),
                test::StatusIs(absl::StatusCode::kDeadlineExceeded));
    EXPECT_FALSE(holds.TryAcquire("a").has_value());
    each->reset();
  }
  const auto alone = holds.Acquire(Impatient(), "a");
  EXPECT_THAT(alone, test::IsOk());
  EXPECT_THAT(holds.Share(Impatient(), "a"), test::StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(holds.Share(Impatient(), "b"), test::IsOk());
}

TEST(KeyedHolds, HandThemOnWhenTheLastWhoSharesLetsGo) {
  KeyedHolds holds;
  std::optional<Hold> first(*holds.Share(Call(), "a"));
  std::optional<Hold> second(*holds.Share(Call(), "a"));
  std::unique_ptr<Hold> kept;
  holds.WhenFree("a", [&](Hold hold) { kept = std::make_unique<Hold>(std::move(hold)); });
  EXPECT_THAT(holds.Share(Impatient(), "a"), test::StatusIs(absl::StatusCode::kDeadlineExceeded))
      << "before it";
  first.reset();
  EXPECT_EQ(kept, nullptr);
  second.reset();
  ASSERT_NE(kept, nullptr);
  EXPECT_THAT(holds.Share(Impatient(), "a"), test::StatusIs(absl::StatusCode::kDeadlineExceeded));
  kept.reset();
  EXPECT_THAT(holds.Share(Impatient(), "a"), test::IsOk());
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

TEST(KeyedHolds, KeepWhoSharesFromWhoIsAlone) {
  KeyedHolds holds;
  std::atomic<int> sharers = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, shares = i > 0] {
      for (int round = 0; round < 50; ++round) {
        const auto hold = shares ? holds.Share(Call(), "a") : holds.Acquire(Call(), "a");
        sharers += shares ? 1 : 0;
        EXPECT_EQ(sharers > 0, shares);
        sharers -= shares ? 1 : 0;
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
