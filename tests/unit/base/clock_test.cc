// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <thread>

#include "absl/synchronization/mutex.h"
#include "gtest/gtest.h"

namespace berth {
namespace {

TEST(SteadyNow, GoesOn) {
  const absl::Time before = SteadyNow();
  EXPECT_GT(before, absl::UnixEpoch());
  while (SteadyNow() == before) {
  }
  EXPECT_GT(SteadyNow(), before);
}

TEST(SteadyNow, IsWhatMutexesWaitBy) {
  absl::Mutex mutex;
  bool never = false;
  const absl::Time before = SteadyNow();
  absl::MutexLock lock(&mutex);
  EXPECT_FALSE(mutex.AwaitWithTimeout(absl::Condition(&never), absl::Milliseconds(20)));
  EXPECT_GE(SteadyNow() - before, absl::Milliseconds(19));
  EXPECT_FALSE(mutex.AwaitWithTimeout(absl::Condition(&never), -absl::Hours(1)));
  EXPECT_FALSE(mutex.AwaitWithTimeout(absl::Condition(&never), -absl::InfiniteDuration()));
}

TEST(SteadyNow, DoesNotKeepMutexesFromWaking) {
  absl::Mutex mutex;
  int turns = 0;
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) {
      absl::MutexLock lock(&mutex);
      auto is_even = [&] { return turns % 2 == 0; };
      mutex.Await(absl::Condition(&is_even));
      ++turns;
    }
  });
  for (int i = 0; i < 1000; ++i) {
    absl::MutexLock lock(&mutex);
    auto is_odd = [&] { return turns % 2 == 1; };
    ASSERT_TRUE(mutex.AwaitWithTimeout(absl::Condition(&is_odd), absl::Minutes(1)));
    ++turns;
  }
  other.join();
  EXPECT_EQ(turns, 2000);
}

}  // namespace
}  // namespace berth
