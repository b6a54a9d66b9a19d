// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <atomic>
#include <cstdint>
#include <ctime>

#include "absl/synchronization/internal/per_thread_sem.h"
#include "absl/synchronization/internal/waiter.h"

#include "base/sys/clock.h"
#include "base/sys/futex.h"

namespace berth {
namespace {

using absl::synchronization_internal::KernelTimeout;
using absl::synchronization_internal::Waiter;

// What Abseil 20220623 keeps there is a semaphore for a futex, and nothing else.
static_assert(ABSL_WAITER_MODE == ABSL_WAITER_MODE_FUTEX);
static_assert(sizeof(Waiter) == sizeof(std::atomic<int32_t>));

// Of a time of the wall clock that was made from a timeout a moment ago. Abseil does so by
// gettimeofday(2), not by absl::Now(), which sees a step of the clock some seconds late.
int64_t SteadyDeadline(KernelTimeout timeout) {
  if (!timeout.has_timeout()) {
    return sys::kNoDeadline;
  }
  const timespec wall = timeout.MakeAbsTimespec();
  return sys::MonotonicTime() +
         (int64_t{wall.tv_sec} * sys::kSecond + wall.tv_nsec - sys::RealTime());
}

bool TakeOne(std::atomic<int32_t>& count) {
  int32_t have = count.load(std::memory_order_relaxed);
  while (have != 0 && !count.compare_exchange_weak(have, have - 1, std::memory_order_acquire,
                                                   std::memory_order_relaxed)) {
  }
  return have != 0;
}

}  // namespace

absl::Time SteadyNow() {
  return absl::FromUnixNanos(sys::MonotonicTime());
}

}  // namespace berth

// Abseil lets a program have a wait of its own (a weak symbol). Its own waits until a time of the
// wall clock: a step back makes a wait of a second last for as long as the step.
extern "C" bool ABSL_INTERNAL_C_SYMBOL(AbslInternalPerThreadSemWait)(
    absl::synchronization_internal::KernelTimeout timeout) {
  auto* identity = absl::synchronization_internal::GetOrCreateCurrentThreadIdentity();
  auto& count = *reinterpret_cast<std::atomic<int32_t>*>(berth::Waiter::GetWaiter(identity));
  const int64_t deadline = berth::SteadyDeadline(timeout);
  while (!berth::TakeOne(count)) {
    if (!berth::sys::WaitOnFutex(count, 0, deadline)) {
      return false;
    }
  }
  return true;
}
