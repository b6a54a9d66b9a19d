// SPDX-License-Identifier: Apache-2.0
#include "base/call.h"

namespace berth {

absl::Status Await(absl::Mutex& mutex, const absl::Condition& condition, const Call& call) {
  while (!condition.Eval()) {
    mutex.Unlock();
    absl::Status waits = call.Check();
    mutex.Lock();
    if (!waits.ok()) {
      return condition.Eval() ? absl::OkStatus() : waits;
    }
    mutex.AwaitWithDeadline(condition, call.NextLook());
  }
  return absl::OkStatus();
}

}  // namespace berth
