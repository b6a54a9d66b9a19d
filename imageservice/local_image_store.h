// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "imageservice/content/disk_content_store.h"
#include "imageservice/file_cache.h"
#include "imageservice/garbage_collector.h"
#include "imageservice/image/manifest.h"
#include "imageservice/image_catalog.h"
#include "imageservice/image_loader.h"
#include "imageservice/image_saver.h"
#include "imageservice/image_store.h"
#include "imageservice/layer_fetcher.h"
#include "imageservice/layer_installer.h"
#include "imageservice/lease_table.h"
#include "imageservice/metadata/metadata_database.h"
#include "imageservice/puller.h"
#include "imageservice/pusher.h"
#include "imageservice/snapshot/overlay_snapshotter.h"
#include "imageservice/store_upkeep.h"

namespace berth::imageservice {

// The ImageStore in a directory of this machine. In the root: images.db, snapshots.db, content/,
// snapshots/, trash/ (docs/STORAGE.md).
class LocalImageStore : public ImageStore {
 public:
  // What a test may exchange.
  struct World {
    RegistryFactory registries = NewRegistryClient;
    UploaderFactory uploaders = NewRegistryUploader;
    std::string boot_id;  // empty: the kernel's
    StoreUpkeep::Periods periods;
  };

  static absl::StatusOr<std::unique_ptr<LocalImageStore>> Open(ImageStoreOptions options,
                                                               metrics::Metrics& metrics,
                                                               World world);
  ~LocalImageStore() override;
  LocalImageStore(const LocalImageStore&) = delete;
  LocalImageStore& operator=(const LocalImageStore&) = delete;

  absl::StatusOr<Image> Pull(const Call& call, const PullRequest& request) override;
  absl::StatusOr<std::vector<std::string>> ListTags(const Call& call,
                                                    const PullRequest& request) override;
  absl::StatusOr<RemoteImage> Describe(const Call& call, const PullRequest& request) override;
  absl::StatusOr<PushedImage> Push(const Call& call, const PushRequest& request) override;
  absl::Status Save(const Call& call, const std::vector<std::string>& names,
                    const std::function<absl::Status(absl::string_view)>& sink) override;
  absl::StatusOr<std::vector<LoadedImage>> Load(const Call& call,
                                                const ArchiveSource& source) override;
  absl::StatusOr<Image> Find(absl::string_view name) const override;
  std::vector<Image> List() const override;
  absl::StatusOr<std::string> Config(absl::string_view image_id) const override;
  absl::StatusOr<std::map<std::string, std::string>> Annotations(
      absl::string_view name) const override;
  absl::StatusOr<std::string> FindAttachment(absl::string_view name,
                                             absl::string_view media_type) const override;
  absl::StatusOr<sys::Fd> OpenAttachment(absl::string_view digest) const override;
  absl::StatusOr<std::vector<uint64_t>> LayerSizes(absl::string_view image_id) const override;
  absl::Status Tag(absl::string_view name, absl::string_view reference) override;
  absl::Status RemoveName(const std::string& name) override;
  absl::Status Remove(absl::string_view name) override;
  absl::StatusOr<Rootfs> PrepareRootfs(const Call& call, absl::string_view image_id,
                                       absl::string_view key) override;
  absl::StatusOr<Rootfs> FindRootfs(const Call& call, absl::string_view image_id,
                                    absl::string_view key) override;
  absl::StatusOr<Rootfs> PrepareView(const Call& call, absl::string_view image_id,
                                     absl::string_view key) override;
  absl::Status RemoveRootfs(absl::string_view key) override;
  std::vector<std::string> RootfsKeys() const override;
  absl::StatusOr<SnapshotUsage> RootfsUsage(absl::string_view key) const override;
  absl::StatusOr<std::string> ReadFile(const Call& call, absl::string_view image_id,
                                       absl::string_view path, size_t max_bytes) const override;
  std::unique_ptr<ImageAuthor> NewAuthor() override;
  StoreUsage Usage() const override;

  // One collection, as upkeep makes every gc_interval.
  absl::Status CollectGarbage();

 private:
  struct Storage {
    std::unique_ptr<MetadataDatabase> images;
    std::unique_ptr<MetadataDatabase> snapshots;
    std::unique_ptr<DiskContentStore> content;
    std::unique_ptr<OverlaySnapshotter> snapshotter;
  };

  static absl::StatusOr<Storage> OpenStorage(const std::string& root, const std::string& boot_id);
  LocalImageStore(const ImageStoreOptions& options, metrics::Metrics& metrics, World world,
                  Storage storage);

  absl::Status LoadImages();
  absl::Status LoadImage(const ImageRecord& record);
  // Gives the image the name repository@digest, as a pull of what was pushed would.
  absl::Status NotePushed(absl::string_view name, const SentImage& sent);
  void CountImages() const;
  Image WithLayers(Image image) const;

  // The chain id of the image's topmost layer, with all layers there: those that a power loss took
  // are unpacked again.
  absl::StatusOr<std::string> EnsureLayers(const Call& call, absl::string_view image_id) const;
  absl::StatusOr<ImageManifest> ManifestNamed(absl::string_view name) const;
  absl::StatusOr<std::vector<LayerSource>> LayersOfImage(absl::string_view image_id) const;
  absl::StatusOr<std::vector<LayerSource>> LayersOfRecord(const ImageRecord& record,
                                                          const ImageConfig& config) const;
  absl::StatusOr<std::string> ReadFromLayers(absl::string_view chain_id, absl::string_view path,
                                             size_t max_bytes) const;

  const std::string root_;
  metrics::Metrics& metrics_;
  Storage storage_;
  ImageRecords records_;
  ImageCatalog images_;
  mutable LeaseTable leases_;
  mutable FileCache files_;
  LayerFetcher fetcher_;
  mutable LayerInstaller installer_;
  GarbageCollector collector_;
  ImageRecorder recorder_;
  Puller puller_;
  Pusher pusher_;
  ImageSaver saver_;
  ImageLoader loader_;
  StoreUpkeep upkeep_;
};

}  // namespace berth::imageservice
