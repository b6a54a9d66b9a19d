// SPDX-License-Identifier: Apache-2.0
#include "imageservice/local_image_store.h"

#include <fcntl.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"

#include "base/boot_id.h"
#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "imageservice/image/manifest.h"
#include "imageservice/image/reference.h"
#include "imageservice/image_contents.h"
#include "imageservice/image_resolver.h"
#include "imageservice/layer/merged_view.h"
#include "imageservice/local_image_author.h"
#include "imageservice/snapshot/snapshot_directories.h"

namespace berth::imageservice {
namespace {

// Without its records all that is in snapshots/ would be swept as nobody's: the files of
// containers, under those that run.
absl::Status CheckSnapshotsAreOnRecord(const std::string& root) {
  const sys::ErrnoOr<struct stat> records =
      sys::StatAt(AT_FDCWD, (root + "/snapshots.db").c_str(), 0);
  if (records.ok() && records->st_size > 0) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const bool has_any, SnapshotDirectories::HasAny(root));
  if (has_any) {
    return absl::FailedPreconditionError(
        absl::StrCat(root, "/snapshots.db is missing or empty, and ", root,
                     "/snapshots is not: put it back; where no container is left, remove both"));
  }
  return absl::OkStatus();
}

// What the image's name, in any form, stands for; none when it is its id.
std::optional<Digest> TargetNamed(const ImageRecord& record, absl::string_view name) {
  const absl::StatusOr<ImageReference> reference = ImageReference::Parse(name);
  return reference.ok() ? TargetOf(record, reference->recorded_name()) : std::nullopt;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ImageStore>> ImageStore::Open(ImageStoreOptions options,
                                                             metrics::Metrics& metrics) {
  return LocalImageStore::Open(std::move(options), metrics, LocalImageStore::World());
}

absl::StatusOr<LocalImageStore::Storage> LocalImageStore::OpenStorage(const std::string& root,
                                                                      const std::string& boot_id) {
  RETURN_IF_ERROR(EnsureDirectories(root, 0700));
  ASSIGN_OR_RETURN(
      sys::Fd directory,
      ToStatusOr(sys::OpenAt(AT_FDCWD, root.c_str(), O_RDONLY | O_DIRECTORY), "open ", root));
  // Whoever made it: the setuid files of images are for containers only.
  RETURN_IF_ERROR(ToStatus(sys::SetMode(directory.get(), 0700), "chmod ", root));
  Storage storage;
  ASSIGN_OR_RETURN(storage.images, MetadataDatabase::OpenImages(root + "/images.db"));
  RETURN_IF_ERROR(CheckSnapshotsAreOnRecord(root));
  ASSIGN_OR_RETURN(storage.snapshots, MetadataDatabase::OpenSnapshots(root + "/snapshots.db"));
  ASSIGN_OR_RETURN(storage.content, DiskContentStore::Open(root + "/content"));
  ASSIGN_OR_RETURN(storage.snapshotter,
                   OverlaySnapshotter::Open(root, boot_id, *storage.snapshots));
  return storage;
}

absl::StatusOr<std::unique_ptr<LocalImageStore>> LocalImageStore::Open(ImageStoreOptions options,
                                                                       metrics::Metrics& metrics,
                                                                       World world) {
  if (world.boot_id.empty()) {
    ASSIGN_OR_RETURN(world.boot_id, ReadBootId());
  }
  ASSIGN_OR_RETURN(Storage storage, OpenStorage(options.root, world.boot_id));
  // NOLINTNEXTLINE(modernize-make-unique) the constructor is private
  std::unique_ptr<LocalImageStore> store(
      new LocalImageStore(options, metrics, std::move(world), std::move(storage)));
  RETURN_IF_ERROR(store->LoadImages());
  LogIfError(store->collector_.Sweep(),  // of what a pull left that died with the process
             "what nobody needs stays until the next collection");
  store->upkeep_.TrashFilled();
  return store;
}

LocalImageStore::LocalImageStore(const ImageStoreOptions& options, metrics::Metrics& metrics,
                                 World world, Storage storage)
    : root_(options.root),
      metrics_(metrics),
      storage_(std::move(storage)),
      records_(*storage_.images),
      images_(options.pinned_images),
      fetcher_(*storage_.content, *storage_.snapshotter, metrics),
      installer_(*storage_.snapshotter, fetcher_, std::max(options.max_concurrent_downloads, 1)),
      collector_(*storage_.content, *storage_.snapshotter, images_, leases_, metrics),
      recorder_(*storage_.content, records_, images_, options.listener),
      puller_({.registry = {.registry_dirs = options.registry_dirs,
                            .progress_timeout = options.progress_timeout},
               .platform = options.platform,
               .max_pulls = std::max(options.max_concurrent_pulls, 1)},
              std::move(world.registries),
              {*storage_.content, installer_, recorder_, leases_, collector_, metrics}),
      pusher_(
          {.registry_dirs = options.registry_dirs, .progress_timeout = options.progress_timeout},
          std::move(world.uploaders), {*storage_.content, images_, leases_}),
      saver_(*storage_.content, images_, leases_),
      loader_({*storage_.content, installer_, recorder_, leases_}, options.platform),
      upkeep_(*storage_.snapshotter, *storage_.snapshots,
              {.chore = [this] { return CollectGarbage(); }, .interval = options.gc_interval},
              world.periods) {}

LocalImageStore::~LocalImageStore() = default;

absl::Status LocalImageStore::LoadImages() {
  ASSIGN_OR_RETURN(std::vector<ImageRecord> records, records_.Load());
  for (const ImageRecord& record : records) {
    absl::Status loaded = LoadImage(record);
    if (!loaded.ok()) {
      LogError("an image is damaged and goes; pull it again",
               {{"image", record.id}, {"error", loaded.message()}});
      RETURN_IF_ERROR(records_.Remove(record.id));
    }
  }
  CountImages();
  return absl::OkStatus();
}

absl::Status LocalImageStore::LoadImage(const ImageRecord& record) {
  for (const BlobRecord& blob : record.blobs) {
    if (!storage_.content->Has(blob.digest)) {
      return absl::DataLossError(absl::StrCat("blob ", blob.digest.str(), " is missing"));
    }
  }
  ASSIGN_OR_RETURN(Digest id, Digest::Parse(record.id));
  ASSIGN_OR_RETURN(std::string bytes, storage_.content->Read(id, kMaxConfigSize));
  ASSIGN_OR_RETURN(ImageConfig config, ParseConfig(bytes));
  images_.Put(record, config);
  const absl::StatusOr<std::vector<LayerSource>> layers = LayersOfRecord(record, config);
  for (const LayerSource& layer : layers.value_or(std::vector<LayerSource>())) {
    fetcher_.NoteVerified(layer);  // before it was recorded
  }
  return absl::OkStatus();
}

void LocalImageStore::CountImages() const {
  ImageCatalog::Totals totals = images_.Count();
  metrics_.images.Set(static_cast<double>(totals.images));
  metrics_.store_bytes.Set(
      static_cast<double>(totals.blob_bytes + storage_.snapshotter->LayersUsage().bytes));
}

Image LocalImageStore::WithLayers(Image image) const {
  if (!image.chain_ids.empty()) {
    image.size += storage_.snapshotter->ChainUsage(image.chain_ids.back()).bytes;
  }
  return image;
}

absl::StatusOr<Image> LocalImageStore::Pull(const Call& call, const PullRequest& request) {
  ASSIGN_OR_RETURN(std::string id, puller_.Pull(call, request));
  CountImages();
  return Find(id);
}

absl::StatusOr<std::vector<std::string>> LocalImageStore::ListTags(const Call& call,
                                                                   const PullRequest& request) {
  return puller_.ListTags(call, request);
}

absl::StatusOr<RemoteImage> LocalImageStore::Describe(const Call& call,
                                                      const PullRequest& request) {
  return puller_.Describe(call, request);
}

absl::StatusOr<PushedImage> LocalImageStore::Push(const Call& call, const PushRequest& request) {
  ASSIGN_OR_RETURN(SentImage sent, pusher_.Push(call, request));
  LogIfError(NotePushed(request.reference, sent), "what was pushed has no name by its digest");
  return std::move(sent.pushed);
}

absl::Status LocalImageStore::NotePushed(absl::string_view name, const SentImage& sent) {
  ASSIGN_OR_RETURN(const ImageReference reference, ImageReference::Parse(name));
  ASSIGN_OR_RETURN(const Digest digest, Digest::Parse(sent.pushed.digest));
  return recorder_.AddName(sent.image_id, {reference.WithDigest(digest), digest});
}

absl::Status LocalImageStore::Save(const Call& call, const std::vector<std::string>& names,
                                   const std::function<absl::Status(absl::string_view)>& sink) {
  return saver_.Save(call, names, sink);
}

absl::StatusOr<std::vector<LoadedImage>> LocalImageStore::Load(const Call& call,
                                                               const ArchiveSource& source) {
  absl::StatusOr<std::vector<LoadedImage>> loaded = loader_.Load(call, source);
  CountImages();
  if (!loaded.ok()) {  // what came stays no longer than it must
    LogIfError(CollectGarbage(), "leftovers of a failed load stay for the collector");
  }
  return loaded;
}

absl::StatusOr<Image> LocalImageStore::Find(absl::string_view name) const {
  ASSIGN_OR_RETURN(Image image, images_.Find(name));
  return WithLayers(std::move(image));
}

std::vector<Image> LocalImageStore::List() const {
  std::vector<Image> images = images_.List();
  for (Image& image : images) {
    image = WithLayers(std::move(image));
  }
  return images;
}

absl::StatusOr<std::string> LocalImageStore::Config(absl::string_view image_id) const {
  ASSIGN_OR_RETURN(const ImageRecord record, images_.Record(image_id));
  ASSIGN_OR_RETURN(const Digest id, Digest::Parse(record.id));
  return storage_.content->Read(id, kMaxConfigSize);
}

absl::StatusOr<ImageManifest> LocalImageStore::ManifestNamed(absl::string_view name) const {
  ASSIGN_OR_RETURN(const Image image, images_.Find(name));
  ASSIGN_OR_RETURN(const ImageRecord record, images_.Record(image.id));
  return ManifestOf(*storage_.content, record, TargetNamed(record, name));
}

absl::StatusOr<std::map<std::string, std::string>> LocalImageStore::Annotations(
    absl::string_view name) const {
  ASSIGN_OR_RETURN(ImageManifest manifest, ManifestNamed(name));
  return std::move(manifest.annotations);
}

absl::StatusOr<std::string> LocalImageStore::FindAttachment(absl::string_view name,
                                                            absl::string_view media_type) const {
  ASSIGN_OR_RETURN(const ImageManifest manifest, ManifestNamed(name));
  for (const Descriptor& attached : manifest.attachments) {
    if (attached.media_type == media_type) {
      return attached.digest.str();
    }
  }
  return absl::NotFoundError(absl::StrCat(name, " has no ", media_type));
}

absl::StatusOr<sys::Fd> LocalImageStore::OpenAttachment(absl::string_view digest) const {
  ASSIGN_OR_RETURN(const Digest parsed, Digest::Parse(digest));
  return storage_.content->Open(parsed);
}

absl::StatusOr<std::vector<uint64_t>> LocalImageStore::LayerSizes(
    absl::string_view image_id) const {
  ASSIGN_OR_RETURN(const Image image, images_.Find(image_id));
  std::vector<uint64_t> sizes;
  uint64_t below = 0;
  for (const std::string& chain_id : image.chain_ids) {
    const uint64_t whole = storage_.snapshotter->ChainUsage(chain_id).bytes;
    sizes.push_back(whole > below ? whole - below : 0);
    below = whole;
  }
  return sizes;
}

// A new name means what the old one does: an index where that was one.
absl::Status LocalImageStore::Tag(absl::string_view name, absl::string_view reference) {
  ASSIGN_OR_RETURN(const ImageReference parsed, ImageReference::Parse(reference));
  if (parsed.digest().has_value()) {
    return absl::InvalidArgumentError("refusing to create a tag with a digest reference");
  }
  ASSIGN_OR_RETURN(const Image image, images_.Find(name));
  ASSIGN_OR_RETURN(const ImageRecord record, images_.Record(image.id));
  std::optional<Digest> target = TargetNamed(record, name);
  if (!target.has_value() && !record.names.empty()) {
    target = record.names.front().target;
  }
  if (!target.has_value()) {
    const auto manifest = absl::c_find_if(
        record.blobs, [](const BlobRecord& blob) { return IsManifestType(blob.media_type); });
    if (manifest == record.blobs.end()) {
      return absl::DataLossError(absl::StrCat("no manifest of image ", image.id, " is left"));
    }
    target = manifest->digest;
  }
  return recorder_.AddName(image.id, {parsed.tagged_name(), *target});
}

absl::Status LocalImageStore::RemoveName(const std::string& name) {
  return recorder_.RemoveName(name);
}

absl::Status LocalImageStore::Remove(absl::string_view name) {
  absl::StatusOr<Image> image = images_.Find(name);
  if (!image.ok()) {
    return absl::IsNotFound(image.status()) ? absl::OkStatus() : image.status();
  }
  RETURN_IF_ERROR(recorder_.Remove(image->id));
  // The image has gone; another's blob that cannot be removed does not undo that.
  LogIfError(collector_.Sweep(), "what nobody needs stays until the next collection");
  upkeep_.TrashFilled();
  CountImages();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<LayerSource>> LocalImageStore::LayersOfImage(
    absl::string_view image_id) const {
  ASSIGN_OR_RETURN(ImageRecord record, images_.Record(image_id));
  ASSIGN_OR_RETURN(Digest id, Digest::Parse(record.id));
  ASSIGN_OR_RETURN(std::string config_bytes, storage_.content->Read(id, kMaxConfigSize));
  ASSIGN_OR_RETURN(ImageConfig config, ParseConfig(config_bytes));
  return LayersOfRecord(record, config);
}

absl::StatusOr<std::vector<LayerSource>> LocalImageStore::LayersOfRecord(
    const ImageRecord& record, const ImageConfig& config) const {
  ASSIGN_OR_RETURN(const ImageManifest manifest,
                   ManifestOf(*storage_.content, record, std::nullopt));
  return LayersOf(manifest, config);
}

absl::StatusOr<std::string> LocalImageStore::EnsureLayers(const Call& call,
                                                          absl::string_view image_id) const {
  ASSIGN_OR_RETURN(Image image, images_.Find(image_id));
  if (image.id != image_id) {
    return absl::InvalidArgumentError(absl::StrCat(image_id, " is not the id of an image"));
  }
  std::string top = image.chain_ids.empty() ? std::string() : image.chain_ids.back();
  if (!storage_.snapshotter->HasLayer(top)) {
    LogInfo("unpacking an image again", {{"image", image_id}});
    ASSIGN_OR_RETURN(std::vector<LayerSource> layers, LayersOfImage(image_id));
    RETURN_IF_ERROR(installer_.Install(call, layers, nullptr, nullptr));
  }
  return top;
}

absl::StatusOr<Rootfs> LocalImageStore::PrepareRootfs(const Call& call, absl::string_view image_id,
                                                      absl::string_view key) {
  ASSIGN_OR_RETURN(std::string chain_id, EnsureLayers(call, image_id));
  return storage_.snapshotter->PrepareRootfs(key, chain_id);
}

absl::StatusOr<Rootfs> LocalImageStore::FindRootfs(const Call& call, absl::string_view image_id,
                                                   absl::string_view key) {
  if (!storage_.snapshotter->HasRootfs(key)) {
    return absl::NotFoundError(absl::StrCat("no rootfs for ", key));
  }
  if (!image_id.empty()) {
    RETURN_IF_ERROR(EnsureLayers(call, image_id).status());
  }
  return storage_.snapshotter->FindRootfs(key);
}

absl::StatusOr<Rootfs> LocalImageStore::PrepareView(const Call& call, absl::string_view image_id,
                                                    absl::string_view key) {
  ASSIGN_OR_RETURN(std::string chain_id, EnsureLayers(call, image_id));
  return storage_.snapshotter->PrepareView(key, chain_id);
}

absl::Status LocalImageStore::RemoveRootfs(absl::string_view key) {
  RETURN_IF_ERROR(storage_.snapshotter->RemoveRootfs(key));
  upkeep_.Forget(key);
  upkeep_.TrashFilled();
  return absl::OkStatus();
}

std::vector<std::string> LocalImageStore::RootfsKeys() const {
  return storage_.snapshotter->RootfsKeys();
}

absl::StatusOr<SnapshotUsage> LocalImageStore::RootfsUsage(absl::string_view key) const {
  if (!storage_.snapshotter->HasRootfs(key)) {
    return absl::NotFoundError(absl::StrCat("no rootfs for ", key));
  }
  return upkeep_.UsageOf(key);
}

absl::StatusOr<std::string> LocalImageStore::ReadFile(const Call& call, absl::string_view image_id,
                                                      absl::string_view path,
                                                      size_t max_bytes) const {
  std::optional<absl::StatusOr<std::string>> known = files_.Find(image_id, path);
  if (known.has_value() && (!known->ok() || (*known)->size() <= max_bytes)) {
    return *std::move(known);
  }
  ASSIGN_OR_RETURN(std::string chain_id, EnsureLayers(call, image_id));
  absl::StatusOr<std::string> content = ReadFromLayers(chain_id, path, max_bytes);
  files_.Keep(image_id, path, content);
  return content;
}

absl::StatusOr<std::string> LocalImageStore::ReadFromLayers(absl::string_view chain_id,
                                                            absl::string_view path,
                                                            size_t max_bytes) const {
  absl::StatusOr<std::vector<std::string>> layers =
      storage_.snapshotter->LayerDirectories(chain_id);
  if (!layers.ok()) {  // NotFound would say that the image has no such file
    return absl::FailedPreconditionError("the image is being removed");
  }
  ASSIGN_OR_RETURN(MergedView view, MergedView::Open(*layers));
  return ReadTreeFile(view, path, max_bytes);
}

std::unique_ptr<ImageAuthor> LocalImageStore::NewAuthor() {
  return std::make_unique<LocalImageAuthor>(LocalImageAuthor::Parts{
      .content = *storage_.content,
      .snapshotter = *storage_.snapshotter,
      .installer = installer_,
      .recorder = recorder_,
      .leases = leases_,
      .layers_of = [this](const std::string& id) { return LayersOfImage(id); },
      .composed =
          [this](const std::string& id) {
            CountImages();
            return Find(id);
          }});
}

StoreUsage LocalImageStore::Usage() const {
  ImageCatalog::Totals totals = images_.Count();
  DiskUsage layers = storage_.snapshotter->LayersUsage();
  layers += upkeep_.AllRootfsUsage();
  return {.mountpoint = root_,
          .used_bytes = totals.blob_bytes + layers.bytes,
          .inodes_used = totals.blobs + layers.inodes,
          .at = absl::Now()};
}

absl::Status LocalImageStore::CollectGarbage() {
  RETURN_IF_ERROR(collector_.Collect());
  CountImages();
  return absl::OkStatus();
}

}  // namespace berth::imageservice
