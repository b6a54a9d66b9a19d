// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "base/database.h"

namespace berth::imageservice {

// One of the store's SQLite files, one caller at a time. There are two, because a container must
// start without waiting for a disk (docs/decisions/0022-two-databases.md). Thread-safe.
class MetadataDatabase {
 public:
  // images.db: what exists. A transaction that has been committed survives a power loss.
  static absl::StatusOr<std::unique_ptr<MetadataDatabase>> OpenImages(const std::string& path);
  // roots.db: the containers' root filesystems. Survives a crash of the daemon; after a power loss
  // the last moments may be missing.
  static absl::StatusOr<std::unique_ptr<MetadataDatabase>> OpenRoots(const std::string& path);

  // Runs `work` in a transaction, committed when it returns OK.
  absl::Status Transact(absl::FunctionRef<absl::Status(Database&)> work);

  absl::Status Checkpoint();

 private:
  explicit MetadataDatabase(Database database) : database_(std::move(database)) {}

  absl::Mutex mutex_;  // held while the disk works: never to be taken under a lock for data
  Database database_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::imageservice
