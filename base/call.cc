// SPDX-License-Identifier: Apache-2.0
#include "base/call.h"

#include <algorithm>

namespace berth {
namespace {

constexpr absl::Duration kLongestSlice = absl::Minutes(1);

}  // namespace

bool AwaitUntil(absl::Mutex& mutex, const absl::Condition& condition, absl::Time deadline) {
  // In slices: Abseil turns a timeout into a time of the wall clock once, and may block twice by
  // it.
  while (!mutex.AwaitWithTimeout(condition, std::min(deadline - SteadyNow(), kLongestSlice))) {
    if (SteadyNow() >= deadline) {
      return false;
    }
  }
  return true;
}

absl::Status Await(absl::Mutex& mutex, const absl::Condition& condition, const Call& call) {
  while (!condition.Eval()) {
    mutex.Unlock();
    absl::Status waits = call.Check();
    mutex.Lock();
    if (!waits.ok()) {
      return condition.Eval() ? absl::OkStatus() : waits;
    }
    AwaitUntil(mutex, condition, call.NextLook());
  }
  return absl::OkStatus();
}

}  // namespace berth
