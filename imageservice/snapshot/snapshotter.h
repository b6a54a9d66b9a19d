// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/sys/fd.h"
#include "imageservice/layer/disk_usage.h"
#include "imageservice/snapshot/rootfs.h"

namespace berth::imageservice {

using ChainIds = absl::flat_hash_set<std::string>;

// A layer directory that is being filled. Removed when destroyed, unless committed. For one thread
// at a time; the snapshotter outlives it.
class SnapshotDraft {
 public:
  virtual ~SnapshotDraft() = default;

  // The directory for the layer's files, empty at first.
  virtual absl::StatusOr<sys::Fd> OpenDirectory() const = 0;

  // Makes it the layer `chain_id` on top of `parent` ("" for none), which exists. The draft holds
  // the whole layer by now. AlreadyExists when there is such a layer; the draft is then removed.
  virtual absl::Status Commit(absl::string_view chain_id, absl::string_view parent,
                              const DiskUsage& usage) = 0;
};

struct RootfsDiff {
  std::string parent;
  sys::Fd upper;
};

// Unpacked layers, each once, and the root filesystems of containers on top of them. A layer is
// known by its chain id (the digest of its content and of all below it), a rootfs by its key. A
// layer stays while a layer or a rootfs stands on it. Thread-safe; survives SIGKILL and power loss:
// a layer that exists after Open is whole.
class Snapshotter {
 public:
  virtual ~Snapshotter() = default;

  // Layers. The chain id "" is the empty tree, which always exists.
  virtual absl::StatusOr<std::unique_ptr<SnapshotDraft>> NewDraft() = 0;
  virtual bool HasLayer(absl::string_view chain_id) const = 0;
  // The directories of the layer and of those below it, topmost first. NotFound.
  virtual absl::StatusOr<std::vector<std::string>> LayerDirectories(
      absl::string_view chain_id) const = 0;
  // What all layers occupy, as their records say.
  virtual DiskUsage LayersUsage() const = 0;
  // The same of one layer and of those below it; nothing when it is unknown.
  virtual DiskUsage ChainUsage(absl::string_view chain_id) const = 0;
  // Removes the layers that are not needed: neither by name in `keep` nor by what stands on them.
  // Their space is free after EmptyTrash. Returns how many went.
  virtual absl::StatusOr<size_t> RemoveLayersExcept(const ChainIds& keep) = 0;

  // Rootfs. The same key again returns what there is; for a key that is the other kind, or stands
  // on another layer, AlreadyExists. NotFound when there is no such layer.
  virtual absl::StatusOr<Rootfs> PrepareRootfs(absl::string_view key,
                                               absl::string_view chain_id) = 0;
  virtual absl::StatusOr<Rootfs> PrepareView(absl::string_view key, absl::string_view chain_id) = 0;
  // The rootfs, which nobody has mounted, becomes the layer `chain_id` on top of the one it stands
  // on, without a copy. Its upper directory holds the whole layer. NotFound, AlreadyExists; the
  // rootfs stays then. FailedPrecondition for a view.
  virtual absl::Status CommitRootfs(absl::string_view key, absl::string_view chain_id) = 0;
  virtual absl::Status RemoveRootfs(absl::string_view key) = 0;  // absence is success
  virtual bool HasRootfs(absl::string_view key) const = 0;
  // What PrepareRootfs or PrepareView has returned for the key; NotFound when there is nothing.
  virtual absl::StatusOr<Rootfs> FindRootfs(absl::string_view key) const = 0;
  // The chain id that the rootfs stands on, and what was written into it. NotFound;
  // FailedPrecondition for a view.
  virtual absl::StatusOr<RootfsDiff> OpenDiff(absl::string_view key) const = 0;
  virtual std::vector<std::string> RootfsKeys() const = 0;
  // Walks what was written into the rootfs. NotFound for an unknown key.
  virtual absl::StatusOr<DiskUsage> MeasureRootfs(absl::string_view key) const = 0;

  // Work for the background.
  virtual absl::Status EmptyTrash() = 0;   // deletes what was removed
  virtual absl::Status MakeDurable() = 0;  // syncs the layers that may not survive a power loss yet
};

}  // namespace berth::imageservice
