// SPDX-License-Identifier: Apache-2.0
#include "imageservice/store_upkeep.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/time/clock.h"

#include "base/call.h"
#include "base/checkpoint.h"
#include "base/clock.h"
#include "base/status.h"
#include "base/thread.h"

namespace berth::imageservice {

StoreUpkeep::StoreUpkeep(Snapshotter& snapshotter, MetadataDatabase& records, Collection collection,
                         Periods periods)
    : snapshotter_(snapshotter),
      records_(records),
      collection_(std::move(collection)),
      periods_(periods),
      thread_(StartLastingThread("store-upkeep", [this] { Run(); })) {}

StoreUpkeep::~StoreUpkeep() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void StoreUpkeep::TrashFilled() {
  absl::MutexLock lock(&mutex_);
  trash_filled_ = true;
}

void StoreUpkeep::Forget(absl::string_view key) {
  absl::MutexLock lock(&mutex_);
  auto found = usage_.find(key);
  if (found != usage_.end()) {
    usage_.erase(found);
  }
}

SnapshotUsage StoreUpkeep::UsageOf(absl::string_view key) const {
  absl::MutexLock lock(&mutex_);
  auto found = usage_.find(key);
  return found == usage_.end() ? SnapshotUsage{0, 0, absl::Now()} : found->second;
}

DiskUsage StoreUpkeep::AllRootfsUsage() const {
  DiskUsage total;
  absl::MutexLock lock(&mutex_);
  for (const auto& [key, usage] : usage_) {
    total += DiskUsage{usage.bytes, usage.inodes};
  }
  return total;
}

void StoreUpkeep::Run() {
  absl::Time measure_at = SteadyNow();
  absl::Time sync_at = SteadyNow() + periods_.sync;
  absl::Time collect_at = SteadyNow() + collection_.interval;
  while (true) {
    bool empty_trash = false;
    {
      absl::MutexLock lock(&mutex_);
      auto is_due = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stopping_ || trash_filled_;
      };
      AwaitUntil(mutex_, absl::Condition(&is_due), std::min({measure_at, sync_at, collect_at}));
      if (stopping_) {
        return;
      }
      empty_trash = std::exchange(trash_filled_, false);
    }
    if (empty_trash) {
      LogIfError(snapshotter_.EmptyTrash(), "removed layers still occupy the disk");
    }
    if (SteadyNow() >= collect_at) {
      LogIfError(collection_.chore(), "what nobody needs stays until the next collection");
      collect_at = SteadyNow() + collection_.interval;
    }
    if (SteadyNow() >= measure_at) {
      Measure();
      measure_at = SteadyNow() + periods_.measure;
    }
    if (SteadyNow() >= sync_at) {
      SyncAndCheckpoint();
      sync_at = SteadyNow() + periods_.sync;
    }
  }
}

void StoreUpkeep::Measure() {
  std::vector<std::string> keys = snapshotter_.RootfsKeys();
  std::map<std::string, SnapshotUsage, std::less<>> measured;
  for (const std::string& key : keys) {
    absl::StatusOr<DiskUsage> usage = snapshotter_.MeasureRootfs(key);
    if (usage.ok()) {
      measured[key] = {usage->bytes, usage->inodes, absl::Now()};
    } else if (!absl::IsNotFound(usage.status())) {
      LogIfError(usage.status(), "the usage of a rootfs is not known");
    }
    absl::MutexLock lock(&mutex_);
    if (stopping_) {
      return;
    }
  }
  absl::MutexLock lock(&mutex_);
  usage_ = std::move(measured);
}

void StoreUpkeep::SyncAndCheckpoint() {
  LogIfError(snapshotter_.MakeDurable(), "new layers may not survive a power loss");
  int transactions = records_.transactions();
  bool quiet = transactions == std::exchange(transactions_seen_, transactions);
  if (CheckpointIsDue(transactions, quiet ? absl::InfiniteDuration() : absl::ZeroDuration())) {
    LogIfError(records_.Checkpoint(), "the log of snapshots.db grows");
  }
}

}  // namespace berth::imageservice
