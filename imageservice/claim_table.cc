// SPDX-License-Identifier: Apache-2.0
#include "imageservice/claim_table.h"

#include "base/status.h"

namespace berth::imageservice {

Claim& Claim::operator=(Claim&& other) noexcept {
  if (this != &other) {
    Release();
    table_ = std::exchange(other.table_, nullptr);
    key_ = std::move(other.key_);
  }
  return *this;
}

void Claim::Release() {
  if (table_ != nullptr) {
    std::exchange(table_, nullptr)->Release(key_);
  }
}

Claim ClaimTable::TryAcquire(absl::string_view key) {
  absl::MutexLock lock(&mutex_);
  if (!claimed_.emplace(key).second) {
    return Claim();
  }
  return Claim(this, std::string(key));
}

absl::StatusOr<Claim> ClaimTable::Acquire(const Call& call, absl::string_view key) {
  absl::MutexLock lock(&mutex_);
  auto is_free = [this, key]()
                     ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !claimed_.contains(key); };
  RETURN_IF_ERROR(Await(mutex_, absl::Condition(&is_free), call));
  claimed_.emplace(key);
  return Claim(this, std::string(key));
}

void ClaimTable::Release(const std::string& key) {
  absl::MutexLock lock(&mutex_);
  claimed_.erase(key);
}

}  // namespace berth::imageservice
