// SPDX-License-Identifier: Apache-2.0
#include "base/sys/futex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

#include "gtest/gtest.h"

#include "base/sys/clock.h"

namespace berth::sys {
namespace {

TEST(WaitOnFutex, DoesNotWaitForWhatHasHappened) {
  std::atomic<int32_t> word = 1;
  EXPECT_TRUE(WaitOnFutex(word, 0, kNoDeadline));
}

TEST(WaitOnFutex, EndsAtItsDeadline) {
  std::atomic<int32_t> word = 0;
  EXPECT_FALSE(WaitOnFutex(word, 0, kDontWait));
  EXPECT_FALSE(WaitOnFutex(word, 0, INT64_MIN));
  const int64_t deadline = MonotonicTime() + 20 * kMillisecond;
  while (WaitOnFutex(word, 0, deadline)) {
  }
  EXPECT_GE(MonotonicTime(), deadline);
}

TEST(WaitOnFutex, IsWoken) {
  for (const int64_t deadline : {kNoDeadline, MonotonicTime() + 600 * kSecond}) {
    std::atomic<int32_t> word = 0;
    std::thread other([&word] {
      word = 1;
      syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1);
    });
    while (word == 0) {
      EXPECT_TRUE(WaitOnFutex(word, 0, deadline));
    }
    other.join();
  }
}

}  // namespace
}  // namespace berth::sys
