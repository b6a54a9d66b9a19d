// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "imageservice/image_store.h"
#include "imageservice/layer/disk_usage.h"
#include "imageservice/metadata/metadata_database.h"
#include "imageservice/snapshot/snapshotter.h"

namespace berth::imageservice {

// What the store does by itself, on one thread: measures the rootfs, collects garbage, deletes what
// was removed, syncs layers, moves the log of snapshots.db into the file when it is quiet.
// Thread-safe.
class StoreUpkeep {
 public:
  struct Periods {
    absl::Duration measure = absl::Seconds(10);
    absl::Duration sync = absl::Seconds(30);
  };

  struct Collection {
    std::function<absl::Status()> chore;
    absl::Duration interval;
  };

  // All outlives it. Starts the thread; the destructor joins it.
  StoreUpkeep(Snapshotter& snapshotter, MetadataDatabase& records, Collection collection,
              Periods periods);
  ~StoreUpkeep();
  StoreUpkeep(const StoreUpkeep&) = delete;
  StoreUpkeep& operator=(const StoreUpkeep&) = delete;

  void TrashFilled();  // there is something to delete now
  void Forget(absl::string_view key);

  // What was measured last; nothing yet right after a rootfs was made.
  SnapshotUsage UsageOf(absl::string_view key) const;
  DiskUsage AllRootfsUsage() const;  // of all rootfs together

 private:
  void Run();
  void Measure();
  void SyncAndCheckpoint();

  Snapshotter& snapshotter_;
  MetadataDatabase& records_;
  const Collection collection_;
  const Periods periods_;
  int transactions_seen_ = 0;  // of the thread

  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool trash_filled_ ABSL_GUARDED_BY(mutex_) = true;  // perhaps by the process before this one
  std::map<std::string, SnapshotUsage, std::less<>> usage_ ABSL_GUARDED_BY(mutex_);

  std::thread thread_;
};

}  // namespace berth::imageservice
