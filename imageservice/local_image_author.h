// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "imageservice/content/content_store.h"
#include "imageservice/image_author.h"
#include "imageservice/image_recorder.h"
#include "imageservice/layer_installer.h"
#include "imageservice/layer_writer.h"
#include "imageservice/lease_table.h"
#include "imageservice/snapshot/snapshotter.h"

namespace berth::imageservice {

// The ImageAuthor of LocalImageStore.
class LocalImageAuthor : public ImageAuthor {
 public:
  // What an author works on; all outlives it.
  struct Parts {
    ContentStore& content;
    Snapshotter& snapshotter;
    LayerInstaller& installer;
    ImageRecorder& recorder;
    LeaseTable& leases;
    // The layers of an image by its id, as its documents say, lowest first.
    std::function<absl::StatusOr<std::vector<LayerSource>>(const std::string& image_id)> layers_of;
    std::function<absl::StatusOr<Image>(const std::string& image_id)> composed;
  };

  explicit LocalImageAuthor(Parts parts) : parts_(std::move(parts)) {}

  absl::StatusOr<std::vector<AuthoredLayer>> LayersOf(const Call& call,
                                                      absl::string_view image_id) override;
  absl::StatusOr<Rootfs> PrepareRootfs(absl::string_view chain_id, absl::string_view key) override;
  absl::StatusOr<Rootfs> PrepareView(absl::string_view chain_id, absl::string_view key) override;
  absl::StatusOr<AuthoredLayer> CommitRootfs(const Call& call, absl::string_view key,
                                             const PackOptions& options) override;
  absl::StatusOr<AuthoredLayer> PackRootfs(const Call& call, absl::string_view key,
                                           const PackOptions& options) override;
  absl::StatusOr<Attachment> Attach(const Call& call, absl::string_view media_type,
                                    int file) override;
  absl::StatusOr<AuthoredLayer> ImportLayer(const Call& call, absl::string_view parent,
                                            const ArchiveSource& source) override;
  absl::StatusOr<AuthoredLayer> Repack(const Call& call, const AuthoredLayer& layer,
                                       Compression compression) override;
  absl::Status Adopt(const AuthoredLayer& layer) override;
  absl::StatusOr<AuthoredLayer> Restack(const Call& call, const AuthoredLayer& layer,
                                        absl::string_view parent) override;
  absl::StatusOr<Image> Compose(const Call& call, const NewImage& image) override;

 private:
  // A layer whose blob is here.
  struct PackedDiff {
    LayerSource layer;
    bool is_whole = false;  // WrittenDiff
  };

  void Keep(LeasedNames names);
  absl::StatusOr<PackedDiff> Pack(const Call& call, absl::string_view key,
                                  const PackOptions& options);
  absl::StatusOr<LayerSource> Publish(LayerWriter& writer, Compression compression,
                                      absl::string_view parent);
  absl::Status Unpack(const Call& call, const LayerSource& layer);

  const Parts parts_;
  absl::Mutex mutex_;
  std::vector<Lease> leases_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::imageservice
