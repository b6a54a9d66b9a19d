// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "imageservice/build/build_job.h"
#include "imageservice/layer/merged_view.h"
#include "imageservice/layer/tar_writer.h"

// Steps that make a layer on top of a chain.
namespace berth::imageservice {

// Writes the members of a layer on top of `image`.
using WriteMembers = absl::FunctionRef<absl::Status(const MergedView& image, TarWriter& writer)>;

// Writes members into `directory` (a path of ours), which lies on top of `image`.
absl::Status WriteInto(const Call& call, const std::string& directory, const MergedView& image,
                       WriteMembers write);

// Whether who writes sees the image below, or an empty tree: then the layer is the same on any.
enum class Below { kSeen, kUnseen };

// Of what is written, straight into a rootfs: no container, no mount. `key` is the rootfs's.
absl::StatusOr<AuthoredLayer> MakeWrittenLayer(const Call& call, const BuildJob& job,
                                               const std::string& chain, const std::string& key,
                                               Below below, WriteMembers write);

// A view of a chain, for as long as this lives.
class ChainView {
 public:
  static absl::StatusOr<ChainView> Open(const BuildJob& job, const std::string& chain,
                                        const std::string& key);
  ChainView(ChainView&& other) noexcept;
  ChainView& operator=(ChainView&&) = delete;
  ChainView(const ChainView&) = delete;
  ChainView& operator=(const ChainView&) = delete;
  ~ChainView();

  const MergedView& tree() const { return tree_; }
  const Rootfs& root() const { return root_; }

 private:
  ChainView(ImageStore* images, std::string key, Rootfs root, MergedView tree);

  ImageStore* images_;
  std::string key_;
  Rootfs root_;
  MergedView tree_;
};

}  // namespace berth::imageservice
