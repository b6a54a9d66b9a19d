// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/sys/fd.h"
#include "imageservice/layer/disk_usage.h"
#include "imageservice/layer/layer_tree.h"
#include "imageservice/layer/merged_view.h"
#include "imageservice/layer/tar_reader.h"

namespace berth::imageservice {

inline constexpr uint64_t kMaxLayerMembers = 2'000'000;

// Fills a layer's directory from its archive, as an overlay's lower layer: whiteouts become devices
// 0:0, opaque directories carry overlayfs's xattr. Nothing of the archive reaches a path outside
// the directory, whatever its names, links and order. What it may not contain (names with "..",
// hard links that lead nowhere, device 0:0, overlayfs's xattrs) is DataLoss; a full disk is
// ResourceExhausted. After an error the directory is of no use. For one thread.
class LayerExtractor {
 public:
  using MayGoOn = std::function<absl::Status()>;

  // `directory` is empty. `parents` as in LayerTree::Open.
  static absl::StatusOr<LayerExtractor> New(sys::Fd directory, const MergedView* parents);

  // Reads the archive to its end marker. Aborted when it cannot be unpacked without knowing the
  // layers below. `may_go_on` is asked before each member, and within files that are copied from
  // below; its error ends the work.
  absl::Status Extract(
      TarReader::Source source, const MayGoOn& may_go_on = [] { return absl::OkStatus(); });

  // LayerTree::Settle: the last step, false when all must be done anew with the parents.
  absl::StatusOr<bool> Settle(const MergedView& parents) { return tree_.Settle(parents); }

  DiskUsage usage() const;

 private:
  explicit LayerExtractor(LayerTree tree) : tree_(std::move(tree)) {}

  absl::Status AddMember(const TarMember& member, TarReader& reader, const MayGoOn& may_go_on);
  absl::Status AddFile(const LayerTree::Directory& directory, const std::string& name,
                       const TarMember& member, TarReader& reader);
  absl::Status AddLink(const LayerTree::Directory& directory, const std::string& name,
                       const TarMember& member, const MayGoOn& may_go_on);
  absl::Status AddNode(const LayerTree::Directory& directory, const std::string& name,
                       const TarMember& member);

  LayerTree tree_;
  DiskUsage files_;
};

}  // namespace berth::imageservice
