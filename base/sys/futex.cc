// SPDX-License-Identifier: Apache-2.0
#include "base/sys/futex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/sys/clock.h"

namespace berth::sys {

bool WaitOnFutex(std::atomic<int32_t>& word, int32_t value, int64_t deadline) {
  const int64_t at = std::max<int64_t>(deadline, 0);
  const timespec until = {at / kSecond, at % kSecond};
  return syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, value,
                 deadline == kNoDeadline ? nullptr : &until, nullptr,
                 FUTEX_BITSET_MATCH_ANY) == 0 ||
         errno != ETIMEDOUT;
}

}  // namespace berth::sys
