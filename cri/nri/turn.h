// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "base/call.h"

namespace berth::nri {

// The lock of an operation: whoever has it may block for long, so who waits for it looks after its
// caller meanwhile. Thread-safe.
class ABSL_LOCKABLE Turn {
 public:
  void Take() ABSL_EXCLUSIVE_LOCK_FUNCTION();
  // False when the caller has gone before; `call` says how.
  bool TakeFor(const Call& call) ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true);
  void Give() ABSL_UNLOCK_FUNCTION();

 private:
  absl::Mutex mutex_;
  bool taken_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace berth::nri
