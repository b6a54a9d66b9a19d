// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "base/call.h"
#include "base/keyed_holds.h"
#include "imageservice/content/content_store.h"
#include "imageservice/image/compression.h"
#include "imageservice/image_store.h"
#include "imageservice/layer/layer_extractor.h"
#include "imageservice/layer/merged_view.h"
#include "imageservice/registry/registry_client.h"
#include "imageservice/snapshot/snapshotter.h"
#include "metrics/metrics.h"

namespace berth::imageservice {

// One layer of an image.
struct LayerSource {
  BlobSource blob;
  std::string media_type;
  Compression compression = Compression::kNone;
  Digest diff_id;
  std::string chain_id;
  std::string parent;          // the chain id below; empty for the lowest
  bool is_attachment = false;  // its blob is all there is of it
};

// As RegistryClient::FetchBlob. Empty where nothing can be fetched.
using BlobFetcher = std::function<absl::Status(const Call&, const BlobSource&, const BytesSink&)>;
using ProgressReport = std::function<void(const PullProgress&)>;

struct UnpackedLayer {
  std::unique_ptr<MergedView> parents;  // what the extractor was given; null when not known
  std::unique_ptr<SnapshotDraft> draft;
  std::unique_ptr<LayerExtractor> extractor;
  bool needs_parents = false;  // the draft is of no use
};

inline constexpr size_t kMaxVerifiedBlobs = 20'000;  // that are remembered

// Brings layers here: the packed blob into the content store and, in the same pass, its files into
// a draft. A blob that the store has is not fetched again, and one that is being fetched is waited
// for. Thread-safe.
class LayerFetcher {
 public:
  LayerFetcher(ContentStore& content, Snapshotter& snapshotter, metrics::Metrics& metrics)
      : content_(content), snapshotter_(snapshotter), metrics_(metrics) {}

  // Its blob unpacks to its diff id, by the word of whoever has it on record or has packed it. What
  // has been seen here counts more.
  void NoteVerified(const LayerSource& layer);

  // The blob only, of a layer whose files are here. Unless it is known to be the layer's it is
  // unpacked to nowhere: DataLoss as by FetchAndUnpack.
  absl::Status Fetch(const Call& call, const LayerSource& layer, const BlobFetcher& fetcher,
                     const ProgressReport& progress);

  // The blob and its files; the layer's diff id has been verified. `parents` is null when the
  // layers below are not there yet. DataLoss when the content is not what was promised.
  absl::StatusOr<UnpackedLayer> FetchAndUnpack(const Call& call, const LayerSource& layer,
                                               const BlobFetcher& fetcher,
                                               const ProgressReport& progress,
                                               std::unique_ptr<MergedView> parents);

 private:
  bool IsVerified(const LayerSource& layer) const;
  void NoteUnpacked(const LayerSource& layer);
  void Remember(const LayerSource& layer, bool replaces) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Once more where the blob was here, but damaged, and so has gone; errors tell the layer.
  absl::Status Retry(const LayerSource& layer, absl::FunctionRef<absl::Status()> attempt);
  absl::Status Verify(const Call& call, const LayerSource& layer, const BlobFetcher& fetcher,
                      const ProgressReport& progress);
  // DataLoss when the store has it and it is whole, but not of the descriptor's size.
  absl::StatusOr<bool> HasBlob(const Call& call, const LayerSource& layer);
  absl::StatusOr<UnpackedLayer> Attempt(const Call& call, const LayerSource& layer,
                                        const BlobFetcher& fetcher, const ProgressReport& progress,
                                        std::unique_ptr<MergedView>& parents);
  absl::Status Transfer(const Call& call, const LayerSource& layer, const BlobFetcher& fetcher,
                        const ProgressReport& progress, const BytesSink& sink);
  absl::Status ReadLocal(const Call& call, const LayerSource& layer, const BytesSink& sink);
  absl::Status Download(const Call& call, const LayerSource& layer, const BlobFetcher& fetcher,
                        const ProgressReport& progress, const BytesSink& sink);

  ContentStore& content_;
  Snapshotter& snapshotter_;
  metrics::Metrics& metrics_;
  KeyedHolds blobs_;  // by digest, held while one is made
  mutable absl::Mutex mutex_;
  // Of blobs, by how they are unpacked.
  absl::flat_hash_map<std::pair<Digest, Compression>, Digest> diff_ids_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::imageservice
