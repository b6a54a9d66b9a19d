// SPDX-License-Identifier: Apache-2.0
#include "runtime/operation_lock.h"

#include <atomic>
#include <optional>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::HasSubstr;

TEST(OperationLock, ServesOneAfterTheOther) {
  OperationLock lock;
  {
    auto first = lock.Acquire(Call(), "run pod");
    ASSERT_THAT(first, test::IsOk());
  }
  EXPECT_THAT(lock.Acquire(Call(), "stop pod"), test::IsOk());
}

TEST(OperationLock, AWaiterGivesUpWithItsCallAndSaysWhatItWaitedFor) {
  OperationLock lock;
  auto held = lock.Acquire(Call(), "run pod");
  ASSERT_THAT(held, test::IsOk());
  auto second = lock.Acquire(Call::WithTimeout(absl::Milliseconds(5)), "stop pod");
  EXPECT_THAT(second.status(), test::StatusIs(absl::StatusCode::kDeadlineExceeded,
                                              HasSubstr("stop pod: waiting for run pod")));
}

TEST(OperationLock, ACancelledWaiterGivesUp) {
  OperationLock lock;
  auto held = lock.Acquire(Call(), "run pod");
  ASSERT_THAT(held, test::IsOk());
  const Call cancelled(absl::InfiniteFuture(), [] { return true; });
  EXPECT_THAT(lock.Acquire(cancelled, "stop pod").status(),
              test::StatusIs(absl::StatusCode::kCancelled));
}

TEST(OperationLock, AWaiterGetsTheLockWhenItIsReleased) {
  OperationLock lock;
  std::optional<OperationLock::Held> held(lock.Acquire(Call(), "run pod").value());
  std::atomic<bool> got = false;
  std::thread waiter([&] {
    auto second = lock.Acquire(Call(), "stop pod");
    got = second.ok();
  });
  EXPECT_FALSE(got);
  held.reset();
  waiter.join();
  EXPECT_TRUE(got);
}

}  // namespace
}  // namespace berth::runtime
