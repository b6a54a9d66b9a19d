// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "imageservice/metadata/snapshot_records.h"
#include "imageservice/snapshot/snapshot_directories.h"
#include "imageservice/snapshot/snapshotter.h"

namespace berth::imageservice {

// For overlayfs: a layer is a directory with overlayfs's own whiteouts, a rootfs is an upper and a
// work directory (see SnapshotDirectories).
class OverlaySnapshotter : public Snapshotter {
 public:
  // Reconciles the directories below `root` with the records. Layers that were committed in another
  // boot than `boot_id` and never synced count as lost. The database outlives it.
  static absl::StatusOr<std::unique_ptr<OverlaySnapshotter>> Open(const std::string& root,
                                                                  std::string boot_id,
                                                                  MetadataDatabase& records);

  absl::StatusOr<std::unique_ptr<SnapshotDraft>> NewDraft() override;
  bool HasLayer(absl::string_view chain_id) const override;
  absl::StatusOr<std::vector<std::string>> LayerDirectories(
      absl::string_view chain_id) const override;
  DiskUsage LayersUsage() const override;
  DiskUsage ChainUsage(absl::string_view chain_id) const override;
  absl::StatusOr<size_t> RemoveLayersExcept(const ChainIds& keep) override;

  absl::StatusOr<Rootfs> PrepareRootfs(absl::string_view key, absl::string_view chain_id) override;
  absl::StatusOr<Rootfs> PrepareView(absl::string_view key, absl::string_view chain_id) override;
  absl::Status CommitRootfs(absl::string_view key, absl::string_view chain_id) override;
  absl::Status RemoveRootfs(absl::string_view key) override;
  bool HasRootfs(absl::string_view key) const override;
  absl::StatusOr<Rootfs> FindRootfs(absl::string_view key) const override;
  absl::StatusOr<RootfsDiff> OpenDiff(absl::string_view key) const override;
  std::vector<std::string> RootfsKeys() const override;
  absl::StatusOr<DiskUsage> MeasureRootfs(absl::string_view key) const override;

  absl::Status EmptyTrash() override;
  absl::Status MakeDurable() override;

 private:
  class Draft;
  using Layers = std::map<std::string, LayerRecord, std::less<>>;        // by chain id
  using RootfsByKey = std::map<std::string, RootfsRecord, std::less<>>;  // by key

  OverlaySnapshotter(std::string boot_id, std::unique_ptr<SnapshotDirectories> directories,
                     MetadataDatabase& records)
      : boot_id_(std::move(boot_id)),
        directories_(std::move(directories)),
        layer_records_(records),
        rootfs_records_(records) {}

  absl::Status Load();
  absl::Status DropLostLayers() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Status CommitLayer(LayerRecord layer);
  absl::StatusOr<Rootfs> Prepare(absl::string_view key, absl::string_view chain_id, bool writable);
  absl::Status AddRootfs(const RootfsRecord& rootfs);
  absl::StatusOr<int64_t> MakeUpper(absl::string_view chain_id);
  absl::StatusOr<RootfsRecord> FindRecord(absl::string_view key) const ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<RootfsRecord> FindRecordLocked(absl::string_view key) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<RootfsRecord> FindWritable(absl::string_view key) const;
  absl::StatusOr<Rootfs> Describe(const RootfsRecord& rootfs) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::vector<std::string>> LayerDirectoriesLocked(absl::string_view chain_id) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  void AddLayerLocked(LayerRecord layer) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Removes the layers not needed from the map and returns them, lowest number first.
  std::vector<LayerRecord> TakeUnneeded(const ChainIds& keep) ABSL_LOCKS_EXCLUDED(mutex_);
  bool HasLayerLocked(absl::string_view chain_id) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  const std::string boot_id_;
  const std::unique_ptr<SnapshotDirectories> directories_;
  LayerRecords layer_records_;
  RootfsRecords rootfs_records_;

  // One change of rootfs, or of layers, at a time; taken in this order and before mutex_.
  absl::Mutex rootfs_operation_;
  absl::Mutex layers_operation_;
  mutable absl::Mutex mutex_;
  Layers layers_ ABSL_GUARDED_BY(mutex_);
  RootfsByKey rootfs_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::imageservice
