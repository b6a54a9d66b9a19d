// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/turn.h"

namespace berth::nri {

void Turn::Take() {
  absl::MutexLock lock(&mutex_);
  auto is_free = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !taken_; };
  mutex_.Await(absl::Condition(&is_free));
  taken_ = true;
}

bool Turn::TakeFor(const Call& call) {
  absl::MutexLock lock(&mutex_);
  auto is_free = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !taken_; };
  if (!Await(mutex_, absl::Condition(&is_free), call).ok()) {
    return false;
  }
  taken_ = true;
  return true;
}

void Turn::Give() {
  absl::MutexLock lock(&mutex_);
  taken_ = false;
}

}  // namespace berth::nri
