// SPDX-License-Identifier: Apache-2.0
#include "base/call.h"

#include <thread>

#include "absl/synchronization/mutex.h"
#include "gtest/gtest.h"

#include "base/clock.h"
#include "tests/support/status_matchers.h"

namespace berth {
namespace {

using test::IsOk;
using test::StatusIs;

TEST(Call, LastsForEverByItself) {
  EXPECT_THAT(Call().Check(), IsOk());
  EXPECT_EQ(Call().deadline(), absl::InfiniteFuture());
  EXPECT_FALSE(Call().cancelled());
}

TEST(Call, EndsAtItsDeadline) {
  EXPECT_THAT(Call(absl::InfinitePast()).Check(), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(Call::WithTimeout(absl::Hours(1)).Check(), IsOk());
}

TEST(Call, EndsWhenCancelled) {
  bool cancelled = false;
  Call call(absl::InfiniteFuture(), [&] { return cancelled; });
  EXPECT_THAT(call.Check(), IsOk());
  cancelled = true;
  EXPECT_THAT(call.Check(), StatusIs(absl::StatusCode::kCancelled));
}

TEST(Call, IsNeverExtendedByWithin) {
  const absl::Time soon = SteadyNow() + absl::Minutes(1);
  EXPECT_EQ(Call(soon).Within(absl::Hours(1)).deadline(), soon);
  EXPECT_LT(Call(soon).Within(absl::Seconds(1)).deadline(), soon);
  Call cancelled(soon, [] { return true; });
  EXPECT_TRUE(cancelled.Within(absl::Seconds(1)).cancelled());
}

TEST(Call, IsLookedAfterBeforeItsDeadlineAndOften) {
  const absl::Time past = SteadyNow() - absl::Seconds(1);
  EXPECT_EQ(Call(past).NextLook(), past);
  const absl::Time next = Call().NextLook();
  EXPECT_LE(next, SteadyNow() + kCallPeriod);
}

TEST(AwaitUntil, EndsAtItsTime) {
  absl::Mutex mutex;
  absl::MutexLock lock(&mutex);
  bool holds = false;
  const absl::Time deadline = SteadyNow() + absl::Milliseconds(20);
  EXPECT_FALSE(AwaitUntil(mutex, absl::Condition(&holds), deadline));
  EXPECT_GE(SteadyNow(), deadline);
  EXPECT_FALSE(AwaitUntil(mutex, absl::Condition(&holds), absl::InfinitePast()));
  holds = true;
  EXPECT_TRUE(AwaitUntil(mutex, absl::Condition(&holds), absl::InfinitePast()));
  EXPECT_TRUE(AwaitUntil(mutex, absl::Condition(&holds), absl::InfiniteFuture()));
}

TEST(Await, EndsWhenTheConditionHolds) {
  absl::Mutex mutex;
  bool ready = false;
  std::thread other([&] {
    absl::MutexLock lock(&mutex);
    ready = true;
  });
  {
    absl::MutexLock lock(&mutex);
    EXPECT_THAT(Await(mutex, absl::Condition(&ready), Call()), IsOk());
    EXPECT_TRUE(ready);
  }
  other.join();
}

TEST(Await, EndsWhenTheCallerGoes) {
  absl::Mutex mutex;
  const bool never = false;
  int asked = 0;
  const Call cancelled(absl::InfiniteFuture(), [&] {
    absl::MutexLock lock(&mutex);  // as a caller's question may
    return ++asked == 2;
  });
  absl::MutexLock lock(&mutex);
  EXPECT_THAT(Await(mutex, absl::Condition(&never), Call::WithTimeout(absl::Milliseconds(1))),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(Await(mutex, absl::Condition(&never), cancelled),
              StatusIs(absl::StatusCode::kCancelled));
}

TEST(Await, PrefersTheConditionToTheCaller) {
  absl::Mutex mutex;
  const bool ready = true;
  absl::MutexLock lock(&mutex);
  EXPECT_THAT(Await(mutex, absl::Condition(&ready), Call(absl::InfinitePast())), IsOk());
}

}  // namespace
}  // namespace berth
