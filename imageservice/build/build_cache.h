// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/database.h"
#include "imageservice/build/cache_prune.h"
#include "imageservice/image_author.h"
#include "imageservice/image_store.h"

namespace berth::imageservice {

inline constexpr size_t kMaxCachedSteps = 20'000;  // the ones unused for longest go

// What a step has come to.
struct CachedStep {
  std::string created;  // RFC 3339
  std::optional<AuthoredLayer> layer;
};

struct CacheEntry {
  std::string key;
  CachedStep step;
  absl::Time used_at;
};

struct PrunedCache {
  std::vector<CacheEntry> entries;
  uint64_t bytes = 0;  // of layers, packed, that no entry has any more
};

// The steps of builds by their keys (step_key.h), with their layers, which are kept from the
// collector. Survives restarts; what is lost is built again. Thread-safe.
class BuildCache {
 public:
  // `path` is of its database. Of layers, packed, it keeps no more than `max_bytes`: those unused
  // for longest go. `images` outlives it.
  static absl::StatusOr<std::unique_ptr<BuildCache>> Open(const std::string& path,
                                                          uint64_t max_bytes, ImageStore& images);

  // Notes that it has been used now.
  absl::StatusOr<std::optional<CachedStep>> Find(const std::string& key, absl::Time now);
  // Replaces what there was.
  absl::Status Put(const std::string& key, const CachedStep& step, absl::Time now);

  // Those unused for longest first.
  std::vector<CacheEntry> Entries() const;
  // What layers there are occupies, packed.
  uint64_t Bytes() const;

  // Forgets what PlanCachePrune says. Returns what went.
  absl::StatusOr<PrunedCache> Prune(const CachePrune& prune);

 private:
  struct Held {
    CacheEntry entry;
    std::unique_ptr<ImageAuthor> keeper;  // of the layer; null without one
  };

  BuildCache(Database database, uint64_t max_bytes, ImageStore& images)
      : images_(images), max_bytes_(max_bytes), database_(std::move(database)) {}

  absl::Status Load() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::unique_ptr<ImageAuthor>> Keep(const CachedStep& step);
  absl::Status Drop(const std::string& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<PrunedCache> PruneLocked(const CachePrune& prune)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // To what it may keep.
  absl::Status Shrink() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<CacheEntry> EntriesLocked() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  ImageStore& images_;
  const uint64_t max_bytes_;
  mutable absl::Mutex mutex_;  // held while the database works
  Database database_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Held> steps_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::imageservice
