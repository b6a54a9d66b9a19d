// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
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

// One of the store's SQLite files, one caller at a time. There are two: what must survive a power
// loss, and what need not, because it can be made again (docs/decisions/0021-what-is-synced.md).
// Thread-safe.
class MetadataDatabase {
 public:
  // images.db: the images. A transaction that has been committed survives a power loss.
  static absl::StatusOr<std::unique_ptr<MetadataDatabase>> OpenImages(const std::string& path);
  // snapshots.db: unpacked layers and the containers' roots. Survives a crash of the daemon; after
  // a power loss the last moments may be missing. No transaction waits for the disk.
  static absl::StatusOr<std::unique_ptr<MetadataDatabase>> OpenSnapshots(const std::string& path);

  // Runs `work` in a transaction, committed when it returns OK.
  absl::Status Transact(absl::FunctionRef<absl::Status(Database&)> work);

  // How many transactions there have been since the last checkpoint.
  int transactions() const { return transactions_; }
  // Waits for the disk, and so does every transaction meanwhile.
  absl::Status Checkpoint();

 private:
  explicit MetadataDatabase(Database database) : database_(std::move(database)) {}

  absl::Mutex mutex_;  // held while the disk works: never to be taken under a lock for data
  Database database_ ABSL_GUARDED_BY(mutex_);
  std::atomic<int> transactions_ = 0;
};

}  // namespace berth::imageservice
