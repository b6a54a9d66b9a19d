// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>
#include <time.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/sys/fd.h"
#include "imageservice/layer/disk_usage.h"
#include "imageservice/layer/merged_view.h"

namespace berth::imageservice {

// Of all directories that a layer makes, those too that it has no entry for. More is DataLoss.
inline constexpr size_t kMaxLayerDirectories = 500'000;
inline constexpr size_t kMaxDirectoryPaths = 64 << 20;  // bytes of their paths together

// The directories of a layer while it is being filled. Finds the place for a member: a descriptor
// of its parent directory, reached without ever leaving the layer, made where the archive has no
// entry for it.
//
// Where a member goes can depend on the layers below: they may have a symlink where this layer
// implies a directory, and a directory's owner and mode when it is only implied. So that layers can
// be unpacked side by side, the tree can be filled without knowing them; it then says whether that
// was enough (Settle). For one thread.
class LayerTree {
 public:
  struct Directory {
    sys::Fd fd;
    std::string path;     // in the layer, no symlink on the way; empty for its root
    bool setgid = false;  // new files inherit its group
  };
  using DirectoryRef = std::shared_ptr<Directory>;

  // `root` is the layer's empty directory. `parents` is the merged view of the layers below, or
  // null when it is not known yet. An empty view means that this is the lowest layer.
  static absl::StatusOr<LayerTree> Open(sys::Fd root, const MergedView* parents);
  LayerTree(LayerTree&&) = default;
  LayerTree& operator=(LayerTree&&) = default;
  LayerTree(const LayerTree&) = delete;
  LayerTree& operator=(const LayerTree&) = delete;
  ~LayerTree() = default;

  // The directory that the clean relative `path` means; "" is the root. Symlinks of this layer and
  // of those below are followed inside the layer. Aborted when that needs the parents.
  absl::StatusOr<DirectoryRef> Enter(absl::string_view path, const timespec& mtime);

  // Makes the directory for a member of type directory, or returns the one that is there; what else
  // is there goes, symlinks too. The caller sets its attributes, Settle its time.
  absl::StatusOr<DirectoryRef> Declare(absl::string_view path, mode_t mode, const timespec& mtime);

  // Removes what has the name in this layer; nothing is fine.
  absl::Status Clear(const Directory& directory, const std::string& name);

  // Hides what the layers below have under the name, unless this layer has it already.
  absl::Status WhiteOut(const Directory& directory, const std::string& name);
  // Hides all that the layers below have in the directory.
  absl::Status MakeOpaque(const Directory& directory);

  // Makes sure that this layer has the regular file of the layers below under its name, so that it
  // can be linked to. What that occupies: nothing for one that was there. Aborted when it needs the
  // parents, DataLoss when there is none; `may_go_on` is asked as by CopyContent.
  absl::StatusOr<DiskUsage> CopyUp(const Directory& directory, const std::string& name,
                                   absl::FunctionRef<absl::Status()> may_go_on);

  // Ends the filling: gives implied directories the owner and mode they have below, and sets the
  // directories' times. False when the layer must be filled anew with the parents known.
  absl::StatusOr<bool> Settle(const MergedView& parents);

  uint64_t directories() const { return records_.size(); }

 private:
  struct Record {
    bool implied = false;  // takes its attributes from below
    bool opaque = false;
    std::optional<timespec> mtime;
  };

  LayerTree(DirectoryRef root, const MergedView* parents)
      : root_(std::move(root)), parents_(parents) {}

  absl::StatusOr<DirectoryRef> Walk(DirectoryRef from, const std::string& name,
                                    const timespec& mtime);
  absl::StatusOr<DirectoryRef> Step(const DirectoryRef& from, const std::string& name,
                                    const timespec& mtime, std::string& target);
  absl::StatusOr<DirectoryRef> Imply(const Directory& from, const std::string& name,
                                     const timespec& mtime, std::string& target);
  absl::StatusOr<DirectoryRef> Make(const Directory& parent, const std::string& name,
                                    const Record& record);
  absl::Status CountDirectory(const std::string& path);
  absl::StatusOr<DirectoryRef> OpenChild(const Directory& parent, const std::string& name) const;
  void Remember(absl::string_view path, const DirectoryRef& directory);
  void Forget(const std::string& path);
  absl::StatusOr<bool> SettleDirectory(const MergedView& parents, const std::string& path,
                                       const Record& record);
  bool BelowOpaque(const std::string& path) const;
  bool lowest() const { return parents_ != nullptr && parents_->empty(); }

  DirectoryRef root_;
  const MergedView* parents_;
  size_t made_ = 0;                        // directories, gone or not
  size_t path_bytes_ = 0;                  // of their paths
  std::map<std::string, Record> records_;  // by Directory::path, so parents before children
  absl::flat_hash_map<std::string, DirectoryRef> open_;  // by Directory::path
};

}  // namespace berth::imageservice
