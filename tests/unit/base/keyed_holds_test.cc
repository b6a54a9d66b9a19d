// SPDX-License-Identifier: Apache-2.0
#include "base/keyed_holds.h"

#include <memory>
#include <optional>
#include <string>
#include <thread>

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
    EXPECT_THAT(holds.Acquire(Call(), "b"), test::IsOk());
  }
  EXPECT_THAT(holds.Acquire(Call(), "a"), test::IsOk());
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
