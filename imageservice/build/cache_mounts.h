// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
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

#include "base/call.h"
#include "base/keyed_holds.h"
#include "imageservice/build/cache_prune.h"
#include "imageservice/build/run_mount.h"

namespace berth::imageservice {

inline constexpr size_t kMaxCacheMounts = 1000;  // directories that stay

struct CacheDirectory {
  std::string name;
  absl::Time used_at;  // when the last user left it
  uint64_t bytes = 0;  // of blocks
  bool in_use = false;
};

// What a new directory begins with (from= and source=).
struct CacheSeed {
  std::string key;  // what it is known by: of another one the same id is another directory
  // Copies it into an empty directory, owner and mode too.
  std::function<absl::Status(const std::string& directory)> copy;
};

class CacheMounts;

// The right to use a cache's directory, until destroyed. CacheMounts outlives it.
class CacheLease {
 public:
  CacheLease(CacheMounts* mounts, std::string name, std::string path)
      : mounts_(mounts), name_(std::move(name)), path_(std::move(path)) {}
  CacheLease(CacheLease&& other) noexcept
      : mounts_(std::exchange(other.mounts_, nullptr)),
        name_(std::move(other.name_)),
        path_(std::move(other.path_)) {}
  CacheLease& operator=(CacheLease&&) = delete;
  CacheLease(const CacheLease&) = delete;
  CacheLease& operator=(const CacheLease&) = delete;
  ~CacheLease();

  const std::string& path() const { return path_; }

 private:
  CacheMounts* mounts_;
  const std::string name_;
  const std::string path_;
};

// The directories of RUN --mount=type=cache, by id. They stay when a build and the daemon end.
// Thread-safe.
class CacheMounts {
 public:
  // `directory` exists.
  CacheMounts(std::string directory, uint64_t max_bytes)
      : directory_(std::move(directory)), max_bytes_(max_bytes) {}

  // Waits for others where it is locked, or where they have it locked; a private one that is in use
  // is another. A new one is filled from the seed, then gets the mount's mode and owner.
  // ResourceExhausted when there are kMaxCacheMounts already, or no room beside what images leave
  // free (headroom.h).
  absl::StatusOr<CacheLease> Acquire(const Call& call, const RunMount& mount,
                                     const std::optional<CacheSeed>& seed = {});

  // Those unused for longest first. Walks those that have been used since it last did.
  absl::StatusOr<std::vector<CacheDirectory>> List(const Call& call);
  // Removes those that PlanCachePrune says and nobody uses, and what an earlier daemon had begun to
  // make or remove. Returns what went, also where others could not go, of which the log tells. One
  // at a time.
  absl::StatusOr<std::vector<CacheDirectory>> Prune(const Call& call, const CachePrune& prune);
  // Prunes to `max_bytes`, those unused for longest first, if any has been used since it last did.
  absl::Status Shrink(const Call& call);
  // Deletes what Prune had begun to in an earlier daemon. Absence is success.
  static absl::Status EmptyTrash(const std::string& directory);

 private:
  friend class CacheLease;

  struct Use {
    int users = 0;
    bool locked = false;  // nobody else may come; also while it is made
  };
  // Nobody has used it since the walk began.
  struct Size {
    uint64_t walk = 0;              // by which it is known, or will be
    std::optional<uint64_t> bytes;  // once it is over
  };

  bool MayUse(const std::string& name, bool locks) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::string> Reserve(const Call& call, const std::string& first,
                                      RunMount::Sharing sharing);
  bool ReserveUnused(const std::string& name);
  absl::Status Make(const std::string& name, const RunMount& mount,
                    const std::optional<CacheSeed>& seed) const;
  absl::StatusOr<CacheDirectory> Measure(const Call& call, int directory, const std::string& name);
  absl::StatusOr<bool> Discard(const std::string& cache, const std::string& name);
  absl::Status DiscardHalfMade();
  void Release(const std::string& name);
  // Releases what was used.
  void Return(const std::string& name);

  const std::string directory_;
  const uint64_t max_bytes_;
  KeyedHolds pruning_;  // of one key
  absl::Mutex mutex_;
  std::map<std::string, Use> uses_ ABSL_GUARDED_BY(mutex_);
  uint64_t walks_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, Size> sizes_ ABSL_GUARDED_BY(mutex_);  // as far as they are known
  bool may_have_grown_ ABSL_GUARDED_BY(mutex_) = true;         // an earlier daemon's, too
};

}  // namespace berth::imageservice
