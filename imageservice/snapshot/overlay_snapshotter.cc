// SPDX-License-Identifier: Apache-2.0
#include "imageservice/snapshot/overlay_snapshotter.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "imageservice/layer/merged_view.h"

namespace berth::imageservice {
namespace {

constexpr int64_t kEmptyTree = 0;

absl::Status UnknownLayer(absl::string_view chain_id) {
  return absl::NotFoundError(absl::StrCat("no layer ", chain_id));
}

}  // namespace

class OverlaySnapshotter::Draft : public SnapshotDraft {
 public:
  Draft(OverlaySnapshotter& owner, int64_t number) : owner_(owner), number_(number) {}
  ~Draft() override {
    if (number_ != kEmptyTree) {
      LogIfError(owner_.directories_->Discard(number_), "a draft stays until the next start");
    }
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  absl::StatusOr<sys::Fd> OpenDirectory() const override {
    return owner_.directories_->OpenTree(number_);
  }

  absl::Status Commit(absl::string_view chain_id, absl::string_view parent,
                      const DiskUsage& usage) override {
    ASSIGN_OR_RETURN(sys::Fd directory, OpenDirectory());
    RETURN_IF_ERROR(owner_.CommitLayer({.number = number_,
                                        .chain_id = std::string(chain_id),
                                        .parent = std::string(parent),
                                        .usage = usage,
                                        .opaque = IsOpaqueDirectory(directory.get()),
                                        .durable = false,
                                        .boot_id = owner_.boot_id_}));
    number_ = kEmptyTree;  // kept
    return absl::OkStatus();
  }

 private:
  OverlaySnapshotter& owner_;
  int64_t number_;
};

absl::StatusOr<std::unique_ptr<OverlaySnapshotter>> OverlaySnapshotter::Open(
    const std::string& root, std::string boot_id, MetadataDatabase& records) {
  ASSIGN_OR_RETURN(std::unique_ptr<SnapshotDirectories> directories,
                   SnapshotDirectories::Open(root));
  // NOLINTNEXTLINE(modernize-make-unique) the constructor is private
  std::unique_ptr<OverlaySnapshotter> snapshotter(
      new OverlaySnapshotter(std::move(boot_id), std::move(directories), records));
  RETURN_IF_ERROR(snapshotter->Load());
  return snapshotter;
}

absl::Status OverlaySnapshotter::Load() {
  ASSIGN_OR_RETURN(std::vector<LayerRecord> layers, layer_records_.Load());
  ASSIGN_OR_RETURN(std::vector<RootfsRecord> records, rootfs_records_.Load());
  absl::MutexLock lock(&mutex_);  // nobody else is there yet
  for (LayerRecord& layer : layers) {
    AddLayerLocked(std::move(layer));
  }
  RETURN_IF_ERROR(DropLostLayers());
  absl::flat_hash_set<int64_t> known;
  for (const auto& [chain_id, layer] : layers_) {
    known.insert(layer.number);
  }
  for (RootfsRecord& rootfs : records) {
    known.insert(rootfs.number);
    std::string key = rootfs.key;
    rootfs_.emplace(std::move(key), std::move(rootfs));
  }
  return directories_->DiscardOthers(known);
}

// After a power loss the files of a layer that was never synced may be empty or missing; the blobs
// can make it again. What stands on a lost layer goes with it.
absl::Status OverlaySnapshotter::DropLostLayers() {
  std::vector<int64_t> lost;
  bool more = true;
  while (more) {
    more = false;
    for (auto layer = layers_.begin(); layer != layers_.end();) {
      const LayerRecord& record = layer->second;
      if ((record.durable || record.boot_id == boot_id_) && directories_->HasTree(record.number) &&
          HasLayerLocked(record.parent)) {
        ++layer;
        continue;
      }
      LogWarning("a layer may not have survived the last shutdown", {{"layer", record.chain_id}});
      lost.push_back(record.number);
      layer = layers_.erase(layer);
      more = true;
    }
  }
  return layer_records_.Remove(lost);
}

absl::StatusOr<std::unique_ptr<SnapshotDraft>> OverlaySnapshotter::NewDraft() {
  ASSIGN_OR_RETURN(int64_t number, directories_->Make(false));
  return std::make_unique<Draft>(*this, number);
}

bool OverlaySnapshotter::HasLayerLocked(absl::string_view chain_id) const {
  return chain_id.empty() || layers_.find(chain_id) != layers_.end();
}

bool OverlaySnapshotter::HasLayer(absl::string_view chain_id) const {
  absl::MutexLock lock(&mutex_);
  return HasLayerLocked(chain_id);
}

absl::StatusOr<std::vector<std::string>> OverlaySnapshotter::LayerDirectories(
    absl::string_view chain_id) const {
  absl::MutexLock lock(&mutex_);
  return LayerDirectoriesLocked(chain_id);
}

absl::StatusOr<std::vector<std::string>> OverlaySnapshotter::LayerDirectoriesLocked(
    absl::string_view chain_id) const {
  std::vector<std::string> directories;
  while (!chain_id.empty()) {
    auto layer = layers_.find(chain_id);
    if (layer == layers_.end()) {
      return UnknownLayer(chain_id);
    }
    directories.push_back(directories_->Tree(layer->second.number));
    if (layer->second.opaque) {
      break;  // overlayfs itself does not look at the xattr of a layer's root
    }
    chain_id = layer->second.parent;
  }
  return directories;
}

DiskUsage OverlaySnapshotter::LayersUsage() const {
  DiskUsage usage;
  absl::MutexLock lock(&mutex_);
  for (const auto& [chain_id, layer] : layers_) {
    usage += layer.usage;
  }
  return usage;
}

DiskUsage OverlaySnapshotter::ChainUsage(absl::string_view chain_id) const {
  DiskUsage usage;
  absl::MutexLock lock(&mutex_);
  for (auto layer = layers_.find(chain_id); layer != layers_.end();
       layer = layers_.find(layer->second.parent)) {
    usage += layer->second.usage;
  }
  return usage;
}

absl::Status OverlaySnapshotter::CommitLayer(LayerRecord layer) {
  absl::MutexLock operation(&layers_operation_);
  {
    absl::MutexLock lock(&mutex_);
    if (HasLayerLocked(layer.chain_id)) {
      return absl::AlreadyExistsError(absl::StrCat("there is a layer ", layer.chain_id));
    }
    if (!HasLayerLocked(layer.parent)) {
      return UnknownLayer(layer.parent);
    }
  }
  RETURN_IF_ERROR(layer_records_.Add(layer));
  absl::MutexLock lock(&mutex_);
  AddLayerLocked(std::move(layer));
  return absl::OkStatus();
}

void OverlaySnapshotter::AddLayerLocked(LayerRecord layer) {
  std::string chain_id = layer.chain_id;
  layers_.emplace(std::move(chain_id), std::move(layer));
}

std::vector<LayerRecord> OverlaySnapshotter::TakeUnneeded(const ChainIds& keep) {
  absl::MutexLock lock(&mutex_);
  absl::flat_hash_set<absl::string_view> needed;
  auto need = [&](absl::string_view chain_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    auto layer = layers_.find(chain_id);
    while (layer != layers_.end() && needed.insert(layer->first).second) {
      layer = layers_.find(layer->second.parent);
    }
  };
  for (const std::string& chain_id : keep) {
    need(chain_id);
  }
  for (const auto& [key, rootfs] : rootfs_) {
    need(rootfs.chain_id);
  }
  std::vector<LayerRecord> unneeded;
  for (auto layer = layers_.begin(); layer != layers_.end();) {
    if (needed.contains(layer->first)) {
      ++layer;
      continue;
    }
    unneeded.push_back(std::move(layer->second));
    layer = layers_.erase(layer);
  }
  return unneeded;
}

absl::StatusOr<size_t> OverlaySnapshotter::RemoveLayersExcept(const ChainIds& keep) {
  absl::MutexLock operation(&layers_operation_);
  std::vector<LayerRecord> unneeded = TakeUnneeded(keep);
  std::vector<int64_t> numbers;
  for (const LayerRecord& layer : unneeded) {
    numbers.push_back(layer.number);
  }
  absl::Status removed = layer_records_.Remove(numbers);
  if (!removed.ok()) {
    absl::MutexLock lock(&mutex_);
    for (LayerRecord& layer : unneeded) {
      AddLayerLocked(std::move(layer));
    }
    return removed;
  }
  for (int64_t number : numbers) {
    LogIfError(directories_->Discard(number), "a removed layer stays until the next start");
  }
  return numbers.size();
}

absl::StatusOr<Rootfs> OverlaySnapshotter::PrepareRootfs(absl::string_view key,
                                                         absl::string_view chain_id) {
  return Prepare(key, chain_id, true);
}

absl::StatusOr<Rootfs> OverlaySnapshotter::PrepareView(absl::string_view key,
                                                       absl::string_view chain_id) {
  return Prepare(key, chain_id, false);
}

absl::StatusOr<Rootfs> OverlaySnapshotter::Prepare(absl::string_view key,
                                                   absl::string_view chain_id, bool writable) {
  absl::MutexLock operation(&rootfs_operation_);
  {
    absl::MutexLock lock(&mutex_);
    auto found = rootfs_.find(key);
    if (found != rootfs_.end()) {
      bool same = found->second.chain_id == chain_id && (found->second.number != 0) == writable;
      return same ? Describe(found->second)
                  : absl::AlreadyExistsError(absl::StrCat("there is another rootfs for ", key));
    }
  }
  RootfsRecord rootfs{std::string(key), std::string(chain_id), 0};
  if (writable) {
    ASSIGN_OR_RETURN(rootfs.number, MakeUpper(chain_id));
  }
  absl::Status added = AddRootfs(rootfs);
  if (!added.ok()) {
    if (writable) {
      LogIfError(directories_->Discard(rootfs.number),
                 "a failed rootfs stays until the next start");
    }
    return added;
  }
  absl::MutexLock lock(&mutex_);
  return Describe(rootfs);
}

// The layer may have been removed a moment ago; from the entry in the map on it stays.
absl::Status OverlaySnapshotter::AddRootfs(const RootfsRecord& rootfs) {
  {
    absl::MutexLock lock(&mutex_);
    if (!HasLayerLocked(rootfs.chain_id)) {
      return UnknownLayer(rootfs.chain_id);
    }
    rootfs_.emplace(rootfs.key, rootfs);
  }
  absl::Status added = rootfs_records_.Add(rootfs);
  if (!added.ok()) {
    absl::MutexLock lock(&mutex_);
    rootfs_.erase(rootfs.key);
  }
  return added;
}

// The root directory that a container sees has the owner and mode of its upper directory.
absl::StatusOr<int64_t> OverlaySnapshotter::MakeUpper(absl::string_view chain_id) {
  ASSIGN_OR_RETURN(std::vector<std::string> layers, LayerDirectories(chain_id));
  std::string top = layers.empty() ? directories_->Tree(kEmptyTree) : layers.front();
  ASSIGN_OR_RETURN(struct stat info, ToStatusOr(sys::StatAt(AT_FDCWD, top.c_str(), 0), "layer"));
  ASSIGN_OR_RETURN(int64_t number, directories_->Make(true));
  absl::Cleanup discard = [this, number] {
    LogIfError(directories_->Discard(number), "a failed rootfs stays until the next start");
  };
  ASSIGN_OR_RETURN(sys::Fd upper, directories_->OpenTree(number));
  RETURN_IF_ERROR(ToStatus(sys::SetOwner(upper.get(), info.st_uid, info.st_gid), "root"));
  RETURN_IF_ERROR(ToStatus(sys::SetMode(upper.get(), info.st_mode & 07777), "root"));
  std::move(discard).Cancel();
  return number;
}

absl::StatusOr<Rootfs> OverlaySnapshotter::Describe(const RootfsRecord& record) const {
  Rootfs rootfs;
  ASSIGN_OR_RETURN(rootfs.lower, LayerDirectoriesLocked(record.chain_id));
  if (record.number != 0) {
    rootfs.upper = directories_->Tree(record.number);
    rootfs.work = directories_->Work(record.number);
  }
  // Without an upper directory overlayfs wants two lower ones, and not twice the same.
  size_t least = record.number != 0 ? 1 : 2;
  for (const std::string& empty :
       {directories_->Tree(kEmptyTree), directories_->Work(kEmptyTree)}) {
    if (rootfs.lower.size() < least) {
      rootfs.lower.push_back(empty);
    }
  }
  return rootfs;
}

absl::StatusOr<RootfsRecord> OverlaySnapshotter::FindRecord(absl::string_view key) const {
  absl::MutexLock lock(&mutex_);
  return FindRecordLocked(key);
}

absl::StatusOr<RootfsRecord> OverlaySnapshotter::FindRecordLocked(absl::string_view key) const {
  const auto found = rootfs_.find(key);
  if (found == rootfs_.end()) {
    return absl::NotFoundError(absl::StrCat("no rootfs for ", key));
  }
  return found->second;
}

absl::StatusOr<RootfsRecord> OverlaySnapshotter::FindWritable(absl::string_view key) const {
  ASSIGN_OR_RETURN(RootfsRecord rootfs, FindRecord(key));
  if (rootfs.number == 0) {
    return absl::FailedPreconditionError(absl::StrCat("nothing can be written into ", key));
  }
  return rootfs;
}

absl::StatusOr<RootfsDiff> OverlaySnapshotter::OpenDiff(absl::string_view key) const {
  ASSIGN_OR_RETURN(RootfsRecord rootfs, FindWritable(key));
  ASSIGN_OR_RETURN(sys::Fd upper, directories_->OpenTree(rootfs.number));
  return RootfsDiff{std::move(rootfs.chain_id), std::move(upper)};
}

absl::Status OverlaySnapshotter::CommitRootfs(absl::string_view key, absl::string_view chain_id) {
  ASSIGN_OR_RETURN(const DiskUsage usage, MeasureRootfs(key));
  absl::MutexLock operation(&rootfs_operation_);
  absl::MutexLock layers_operation(&layers_operation_);
  ASSIGN_OR_RETURN(const RootfsRecord rootfs, FindWritable(key));
  if (HasLayer(chain_id)) {
    return absl::AlreadyExistsError(absl::StrCat("there is a layer ", chain_id));
  }
  LayerRecord layer{.number = rootfs.number,
                    .chain_id = std::string(chain_id),
                    .parent = rootfs.chain_id,
                    .usage = usage,
                    .opaque = false,
                    .durable = false,
                    .boot_id = boot_id_};
  RETURN_IF_ERROR(layer_records_.AddFromRootfs(layer, rootfs.key));
  {
    absl::MutexLock lock(&mutex_);
    rootfs_.erase(rootfs.key);
    AddLayerLocked(std::move(layer));
  }
  LogIfError(directories_->DiscardWork(rootfs.number), "a work directory stays with its layer");
  return absl::OkStatus();
}

absl::Status OverlaySnapshotter::RemoveRootfs(absl::string_view key) {
  absl::MutexLock operation(&rootfs_operation_);
  const absl::StatusOr<RootfsRecord> rootfs = FindRecord(key);
  if (!rootfs.ok()) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(rootfs_records_.Remove(key));
  {
    absl::MutexLock lock(&mutex_);
    rootfs_.erase(rootfs->key);
  }
  return rootfs->number == 0 ? absl::OkStatus() : directories_->Discard(rootfs->number);
}

bool OverlaySnapshotter::HasRootfs(absl::string_view key) const {
  absl::MutexLock lock(&mutex_);
  return rootfs_.find(key) != rootfs_.end();
}

absl::StatusOr<Rootfs> OverlaySnapshotter::FindRootfs(absl::string_view key) const {
  absl::MutexLock lock(&mutex_);  // its layers must not go in between
  ASSIGN_OR_RETURN(const RootfsRecord rootfs, FindRecordLocked(key));
  return Describe(rootfs);
}

std::vector<std::string> OverlaySnapshotter::RootfsKeys() const {
  std::vector<std::string> keys;
  absl::MutexLock lock(&mutex_);
  for (const auto& [key, rootfs] : rootfs_) {
    keys.push_back(key);
  }
  return keys;
}

absl::StatusOr<DiskUsage> OverlaySnapshotter::MeasureRootfs(absl::string_view key) const {
  ASSIGN_OR_RETURN(const RootfsRecord rootfs, FindRecord(key));
  if (rootfs.number == 0) {
    return DiskUsage{};
  }
  ASSIGN_OR_RETURN(sys::Fd upper, directories_->OpenTree(rootfs.number));
  return MeasureTree(Call(), upper.get());
}

absl::Status OverlaySnapshotter::EmptyTrash() {
  return directories_->EmptyTrash();
}

absl::Status OverlaySnapshotter::MakeDurable() {
  std::vector<int64_t> numbers;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [chain_id, layer] : layers_) {
      if (!layer.durable) {
        numbers.push_back(layer.number);
      }
    }
  }
  if (numbers.empty()) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(directories_->Sync());
  RETURN_IF_ERROR(layer_records_.MarkDurable(numbers));
  absl::MutexLock lock(&mutex_);
  for (auto& [chain_id, layer] : layers_) {
    layer.durable =
        layer.durable || std::find(numbers.begin(), numbers.end(), layer.number) != numbers.end();
  }
  return absl::OkStatus();
}

}  // namespace berth::imageservice
