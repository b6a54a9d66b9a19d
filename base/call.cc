// SPDX-License-Identifier: Apache-2.0
#include "base/call.h"

namespace berth {

bool AwaitUntil(absl::Mutex& mutex, const absl::Condition& condition, absl::Time deadline) {
  return mutex.AwaitWithTimeout(condition, deadline - SteadyNow());
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
