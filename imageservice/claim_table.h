// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "base/call.h"

namespace berth::imageservice {

class ClaimTable;

// The right to make one thing, held until destroyed. Movable; the table outlives it.
class Claim {
 public:
  Claim() = default;
  Claim(Claim&& other) noexcept
      : table_(std::exchange(other.table_, nullptr)), key_(std::move(other.key_)) {}
  Claim& operator=(Claim&& other) noexcept;
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  ~Claim() { Release(); }

  bool held() const { return table_ != nullptr; }
  void Release();

 private:
  friend class ClaimTable;
  Claim(ClaimTable* table, std::string key) : table_(table), key_(std::move(key)) {}

  ClaimTable* table_ = nullptr;
  std::string key_;
};

// Who is making which blob or layer, so that nobody else makes it at the same time. Whoever gets a
// claim looks first whether the thing exists by now. Thread-safe.
class ClaimTable {
 public:
  // Not held when somebody else has it.
  Claim TryAcquire(absl::string_view key);

  // Waits until nobody else has it. Cancelled or DeadlineExceeded when the call ends first.
  absl::StatusOr<Claim> Acquire(const Call& call, absl::string_view key);

 private:
  friend class Claim;
  void Release(const std::string& key);

  absl::Mutex mutex_;
  absl::flat_hash_set<std::string> claimed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::imageservice
