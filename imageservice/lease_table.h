// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iterator>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"

namespace berth::imageservice {

// Digests and chain ids that are in use, or about to be, by more than the records say.
using LeasedNames = std::vector<std::string>;

class LeaseTable;

// Protects blobs and layers from the collector until destroyed. The table outlives it.
class Lease {
 public:
  Lease() = default;
  Lease(Lease&& other) noexcept
      : table_(std::exchange(other.table_, nullptr)), names_(other.names_) {}
  Lease& operator=(Lease&& other) noexcept;
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease();

 private:
  friend class LeaseTable;
  Lease(LeaseTable* table, std::list<LeasedNames>::iterator names) : table_(table), names_(names) {}

  LeaseTable* table_ = nullptr;
  std::list<LeasedNames>::iterator names_;
};

// Who protects what. Leases are not recorded: after a restart nobody holds one. Thread-safe.
class LeaseTable {
 public:
  // Waits for a collection under way. What is missing after it was collected; what is there stays.
  Lease Protect(LeasedNames names);

  // Held by the collector while it decides and removes; no lease begins meanwhile.
  absl::Mutex& collection() ABSL_LOCK_RETURNED(collection_) { return collection_; }
  absl::flat_hash_set<std::string> Protected() const;

 private:
  friend class Lease;

  absl::Mutex collection_;  // taken before mutex_; may be held while the disk works
  mutable absl::Mutex mutex_;
  std::list<LeasedNames> leases_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::imageservice
