// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/turn.h"

#include <atomic>
#include <thread>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace berth::nri {
namespace {

TEST(Turn, IsOnesAtATime) {
  Turn turn;
  turn.Take();
  std::atomic<bool> given = false;
  std::thread other([&] {
    turn.Take();
    EXPECT_TRUE(given);
    turn.Give();
  });
  given = true;
  turn.Give();
  other.join();
}

TEST(Turn, IsNotWaitedForLongerThanTheCallerDoes) {
  Turn turn;
  turn.Take();
  EXPECT_FALSE(turn.TakeFor(Call::WithTimeout(absl::Milliseconds(1))));
  EXPECT_FALSE(turn.TakeFor(Call(absl::InfiniteFuture(), [] { return true; })));
  turn.Give();
  ASSERT_TRUE(turn.TakeFor(Call()));
  turn.Give();
}

}  // namespace
}  // namespace berth::nri
