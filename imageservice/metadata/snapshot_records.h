// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "imageservice/layer/disk_usage.h"
#include "imageservice/metadata/metadata_database.h"

namespace berth::imageservice {

struct LayerRecord {
  int64_t number = 0;  // of its directory
  std::string chain_id;
  std::string parent;  // a chain id; empty for the lowest
  DiskUsage usage;
  bool opaque = false;   // nothing below it shows
  bool durable = false;  // its files have been synced since they were written
  std::string boot_id;   // in which it was committed
};

// The unpacked layers. A change waits for no disk. Thread-safe.
class LayerRecords {
 public:
  explicit LayerRecords(MetadataDatabase& snapshots) : database_(snapshots) {}

  absl::StatusOr<std::vector<LayerRecord>> Load() const;
  absl::Status Add(const LayerRecord& layer);  // AlreadyExists when the chain id is known
  // The same, and takes away the rootfs whose directory the layer has now.
  absl::Status AddFromRootfs(const LayerRecord& layer, absl::string_view key);
  absl::Status Remove(const std::vector<int64_t>& numbers);
  absl::Status MarkDurable(const std::vector<int64_t>& numbers);

 private:
  absl::Status ForEach(absl::string_view sql, const std::vector<int64_t>& numbers);

  MetadataDatabase& database_;
};

struct RootfsRecord {
  std::string key;
  std::string chain_id;  // of the topmost layer; empty for none
  int64_t number = 0;    // of its directory; 0 for a view
};

// The root filesystems of containers. A change waits for no disk. Thread-safe.
class RootfsRecords {
 public:
  explicit RootfsRecords(MetadataDatabase& snapshots) : database_(snapshots) {}

  absl::StatusOr<std::vector<RootfsRecord>> Load() const;
  absl::Status Add(const RootfsRecord& rootfs);
  absl::Status Remove(absl::string_view key);

 private:
  MetadataDatabase& database_;
};

}  // namespace berth::imageservice
