// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"

#include "imageservice/content/content_store.h"
#include "imageservice/image_catalog.h"
#include "imageservice/lease_table.h"
#include "imageservice/snapshot/snapshotter.h"
#include "metrics/metrics.h"

namespace berth::imageservice {

// Removes blobs and layers that no image, root or lease needs; one that cannot be removed keeps no
// other. Returns the first error then. Thread-safe; one run at a time.
class GarbageCollector {
 public:
  GarbageCollector(ContentStore& content, Snapshotter& snapshotter, const ImageCatalog& images,
                   LeaseTable& leases, metrics::Metrics& metrics)
      : content_(content),
        snapshotter_(snapshotter),
        images_(images),
        leases_(leases),
        metrics_(metrics) {}

  // Layers are in the trash afterwards: gone for everybody, their space is not.
  absl::Status Sweep();

  // Sweep, and the trash emptied.
  absl::Status Collect();

  absl::Status EmptyTrash() { return snapshotter_.EmptyTrash(); }

 private:
  ContentStore& content_;
  Snapshotter& snapshotter_;
  const ImageCatalog& images_;
  LeaseTable& leases_;
  metrics::Metrics& metrics_;
};

}  // namespace berth::imageservice
