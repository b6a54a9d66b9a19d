// SPDX-License-Identifier: Apache-2.0
#include "imageservice/garbage_collector.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"

#include "base/clock.h"
#include "base/status.h"

namespace berth::imageservice {

absl::Status GarbageCollector::Sweep() {
  absl::Time start = SteadyNow();
  absl::MutexLock collection(&leases_.collection());
  // Leases before images: a pull that ends meanwhile gives up its lease only after its image is
  // known.
  absl::flat_hash_set<std::string> leased = leases_.Protected();
  ChainIds chains = images_.Chains();
  absl::flat_hash_set<std::string> blobs = images_.Blobs();
  chains.insert(leased.begin(), leased.end());
  blobs.insert(leased.begin(), leased.end());

  const absl::StatusOr<size_t> layers = snapshotter_.RemoveLayersExcept(chains);
  size_t removed = layers.value_or(0);
  ASSIGN_OR_RETURN(std::vector<BlobEntry> present, content_.List());
  absl::Status first = layers.status();
  for (const BlobEntry& blob : present) {
    if (!blobs.contains(blob.digest.str())) {
      const absl::Status gone = content_.Remove(blob.digest);
      removed += gone.ok() ? 1 : 0;
      first.Update(gone);
    }
  }
  metrics_.gc_removed.Increment(static_cast<double>(removed));
  metrics_.gc_seconds.Observe(absl::ToDoubleSeconds(SteadyNow() - start));
  return first;
}

absl::Status GarbageCollector::Collect() {
  absl::Status first = Sweep();
  first.Update(snapshotter_.EmptyTrash());
  return first;
}

}  // namespace berth::imageservice
