// SPDX-License-Identifier: Apache-2.0
#include "base/keyed_holds.h"

#include <utility>

#include "base/status.h"

namespace berth {

KeyedHolds::Hold& KeyedHolds::Hold::operator=(Hold&& other) noexcept {
  const Hold old(std::move(*this));
  holds_ = std::exchange(other.holds_, nullptr);
  key_ = std::move(other.key_);
  return *this;
}

KeyedHolds::Hold::~Hold() {
  if (holds_ != nullptr) {
    holds_->Release(key_);
  }
}

absl::StatusOr<KeyedHolds::Hold> KeyedHolds::Acquire(const Call& call, const std::string& key) {
  absl::MutexLock lock(&mutex_);
  const auto is_free = [this, &key]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return held_.find(key) == held_.end();
  };
  RETURN_IF_ERROR(Await(mutex_, absl::Condition(&is_free), call));
  held_.try_emplace(key);
  return Hold(this, key);
}

absl::StatusOr<KeyedHolds::Hold> KeyedHolds::Share(const Call& call, const std::string& key) {
  absl::MutexLock lock(&mutex_);
  const auto may_share = [this, &key]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    const auto found = held_.find(key);
    return found == held_.end() || (found->second.sharers > 0 && found->second.waiting.empty());
  };
  RETURN_IF_ERROR(Await(mutex_, absl::Condition(&may_share), call));
  ++held_[key].sharers;
  return Hold(this, key);
}

std::optional<KeyedHolds::Hold> KeyedHolds::TryAcquire(const std::string& key) {
  absl::MutexLock lock(&mutex_);
  if (!held_.try_emplace(key).second) {
    return std::nullopt;
  }
  return Hold(this, key);
}

void KeyedHolds::WhenFree(const std::string& key, absl::AnyInvocable<void(Hold)> then) {
  {
    absl::MutexLock lock(&mutex_);
    const auto [held, is_free] = held_.try_emplace(key);
    if (!is_free) {
      held->second.waiting.push_back(std::move(then));
      return;
    }
  }
  then(Hold(this, key));
}

void KeyedHolds::Release(const std::string& key) {
  absl::AnyInvocable<void(Hold)> next;
  {
    absl::MutexLock lock(&mutex_);
    Held& held = held_.at(key);
    if (held.sharers > 1) {
      --held.sharers;
      return;
    }
    if (held.waiting.empty()) {
      held_.erase(key);
      return;
    }
    held.sharers = 0;
    next = std::move(held.waiting.front());
    held.waiting.pop_front();
  }
  next(Hold(this, key));
}

}  // namespace berth
