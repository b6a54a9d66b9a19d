// SPDX-License-Identifier: Apache-2.0
#include "runtime/operation_lock.h"

#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"

namespace berth::runtime {
namespace {

constexpr absl::Duration kLogEvery = absl::Seconds(10);

}  // namespace

OperationLock::Held::~Held() {
  if (lock_ != nullptr) {
    absl::MutexLock lock(&lock_->mutex_);
    lock_->held_ = false;
  }
}

absl::StatusOr<OperationLock::Held> OperationLock::Acquire(const Call& call,
                                                           absl::string_view operation) {
  absl::Time next_log = SteadyNow() + kLogEvery;
  absl::MutexLock lock(&mutex_);
  auto is_free = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !held_; };
  while (held_) {
    if (absl::Status status = call.Check(); !status.ok()) {
      return Annotate(status, absl::StrCat(operation, ": waiting for ", operation_));
    }
    if (SteadyNow() >= next_log) {
      next_log += kLogEvery;
      LogInfo("still waiting for an operation on the same pod",
              {{"operation", operation},
               {"waits_for", operation_},
               {"in_progress", absl::FormatDuration(SteadyNow() - since_)}});
    }
    AwaitUntil(mutex_, absl::Condition(&is_free), call.NextLook());
  }
  held_ = true;
  operation_ = std::string(operation);
  since_ = SteadyNow();
  return Held(this);
}

}  // namespace berth::runtime
