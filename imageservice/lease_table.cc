// SPDX-License-Identifier: Apache-2.0
#include "imageservice/lease_table.h"

namespace berth::imageservice {

Lease& Lease::operator=(Lease&& other) noexcept {
  std::swap(table_, other.table_);
  std::swap(names_, other.names_);
  return *this;
}

Lease::~Lease() {
  if (table_ != nullptr) {
    absl::MutexLock lock(&table_->mutex_);
    table_->leases_.erase(names_);
  }
}

Lease LeaseTable::Protect(LeasedNames names) {
  absl::MutexLock collection(&collection_);
  absl::MutexLock lock(&mutex_);
  leases_.push_back(std::move(names));
  return Lease(this, std::prev(leases_.end()));
}

absl::flat_hash_set<std::string> LeaseTable::Protected() const {
  absl::flat_hash_set<std::string> all;
  absl::MutexLock lock(&mutex_);
  for (const LeasedNames& names : leases_) {
    all.insert(names.begin(), names.end());
  }
  return all;
}

}  // namespace berth::imageservice
