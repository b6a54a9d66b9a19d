// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/undo_time.h"

#include <algorithm>

#include "base/clock.h"

namespace berth::runtime {

absl::Time EndOfUndo(absl::Time begun, absl::Time told) {
  return std::max(begun, told) + kShortUndo;
}

void UndoTime::Shorten() {
  int64_t never = kNever;
  told_.compare_exchange_strong(never, absl::ToUnixNanos(SteadyNow()));
}

Call UndoTime::Begin(absl::Duration timeout) const {
  const absl::Time begun = SteadyNow();
  return Call(begun + timeout, [this, begun] {
    return is_short() && SteadyNow() >= EndOfUndo(begun, absl::FromUnixNanos(told_.load()));
  });
}

}  // namespace berth::runtime
