// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>

#include <functional>

#include "absl/time/time.h"

#include "base/clock.h"
#include "tests/support/patience.h"

namespace berth::test {

// Polls until `ready`, at most `limit` times Patience(); whether it came true. For what another
// thread, another process or the kernel does in its own time.
inline bool Eventually(const std::function<bool()>& ready,
                       absl::Duration limit = absl::Seconds(20)) {
  constexpr int kBetweenPollsMs = 2;
  const absl::Time deadline = SteadyNow() + limit * Patience();
  while (!ready()) {
    if (SteadyNow() >= deadline) {
      return false;
    }
    poll(nullptr, 0, kBetweenPollsMs);
  }
  return true;
}

}  // namespace berth::test
