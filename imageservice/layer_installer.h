// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "absl/status/status.h"

#include "base/call.h"
#include "base/keyed_holds.h"
#include "imageservice/layer_fetcher.h"
#include "imageservice/snapshot/snapshotter.h"

namespace berth::imageservice {

// Makes all layers of an image exist, blobs and snapshots. Fetches and unpacks side by side,
// commits from the lowest to the topmost. Callers that want the same layer at the same time make it
// once. Thread-safe.
class LayerInstaller {
 public:
  // `parallel` is how many layers of one image are fetched at a time.
  LayerInstaller(Snapshotter& snapshotter, LayerFetcher& fetcher, int parallel)
      : snapshotter_(snapshotter), fetcher_(fetcher), parallel_(parallel) {}

  // `layers` is a chain, lowest first, on one that exists, and leased by the caller. The first
  // failure ends all.
  absl::Status Install(const Call& call, const std::vector<LayerSource>& layers,
                       const BlobFetcher& fetcher, const ProgressReport& progress);

  // As of LayerFetcher.
  void NoteVerified(const LayerSource& layer) { fetcher_.NoteVerified(layer); }

 private:
  friend class Installation;

  Snapshotter& snapshotter_;
  LayerFetcher& fetcher_;
  const int parallel_;
  KeyedHolds chains_;  // by chain id, held while the layer is made
};

}  // namespace berth::imageservice
