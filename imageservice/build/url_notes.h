// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/database.h"

namespace berth::imageservice {

inline constexpr size_t kMaxUrlNotes = 10'000;  // the ones unused for longest go
inline constexpr size_t kMaxValidator = 1024;   // bytes of an ETag that is kept

// What a file was when it was last fetched from its address.
struct UrlNote {
  std::string etag;    // as the server says; empty: nothing to ask it by, for a time stays the same
  std::string digest;  // sha256:…
};

// Notes of files that ADD has fetched, so that the server can say that one is still the same.
// Survives restarts; what is lost is fetched again. Thread-safe.
class UrlNotes {
 public:
  // `path` is of its database.
  static absl::StatusOr<std::unique_ptr<UrlNotes>> Open(const std::string& path);

  absl::StatusOr<std::optional<UrlNote>> Find(const std::string& url, absl::Time now);
  // Replaces what there was. Without an ETag, or with a longer one, there is nothing afterwards.
  absl::Status Put(const std::string& url, const UrlNote& note, absl::Time now);
  // Forgets what has not been used since `before`.
  absl::Status Prune(absl::Time before);

 private:
  explicit UrlNotes(Database database) : database_(std::move(database)) {}

  absl::Mutex mutex_;  // held while the database works
  Database database_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::imageservice
