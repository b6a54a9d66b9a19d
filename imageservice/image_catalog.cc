// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image_catalog.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/log.h"
#include "base/lower_hex.h"
#include "base/status.h"
#include "imageservice/image/chain_id.h"
#include "imageservice/image/reference.h"

namespace berth::imageservice {
namespace {

constexpr absl::string_view kIdPrefix = "sha256:";
constexpr size_t kIdDigits = 64;

bool IsHex(absl::string_view text) {
  return !text.empty() && text.size() <= kIdDigits && IsLowerHex(text);
}

absl::Status Unknown(absl::string_view name) {
  return absl::NotFoundError(absl::StrCat("no image ", name));
}

// A name belongs to one image; what this one had of it is replaced.
void AddNames(const ImageRecord& from, ImageRecord& to) {
  for (const NameRecord& name : from.names) {
    auto found = std::find_if(to.names.begin(), to.names.end(),
                              [&name](const NameRecord& other) { return other.name == name.name; });
    if (found == to.names.end()) {
      to.names.push_back(name);
    } else {
      *found = name;
    }
  }
  std::sort(to.names.begin(), to.names.end(),
            [](const NameRecord& a, const NameRecord& b) { return a.name < b.name; });
}

void AddBlobs(const ImageRecord& from, ImageRecord& to) {
  for (const BlobRecord& blob : from.blobs) {
    bool known = std::any_of(to.blobs.begin(), to.blobs.end(), [&blob](const BlobRecord& other) {
      return other.digest == blob.digest;
    });
    if (!known) {
      to.blobs.push_back(blob);
    }
  }
}

}  // namespace

ImageCatalog::ImageCatalog(const std::vector<std::string>& pinned) {
  for (const std::string& name : pinned) {
    absl::StatusOr<ImageReference> reference = ImageReference::Parse(name);
    if (!reference.ok()) {
      LogWarning("a pinned image has no valid name", {{"name", name}});
      continue;
    }
    pinned_.insert(reference->recorded_name());
  }
}

// From whoever has them.
void ImageCatalog::TakeNames(const ImageRecord& record) {
  for (const NameRecord& name : record.names) {
    std::string& owner = ids_by_name_[name.name];
    auto previous = images_.find(owner);
    if (owner != record.id && previous != images_.end()) {
      DropName(name.name, previous->second);
    }
    owner = record.id;
  }
}

void ImageCatalog::Put(const ImageRecord& record, const ImageConfig& config) {
  absl::MutexLock lock(&mutex_);
  TakeNames(record);
  Entry& entry = images_[record.id];
  entry.record.id = record.id;
  AddNames(record, entry.record);
  AddBlobs(record, entry.record);
  entry.image.os = config.os;
  entry.image.architecture = config.architecture;
  entry.image.variant = config.variant;
  entry.image.created = config.created;
  entry.image.labels = config.labels;
  entry.image.process = config.process;
  entry.image.chain_ids = ChainIdsOf(config.diff_ids);
  Describe(entry);
}

void ImageCatalog::AddName(const std::string& id, const NameRecord& name) {
  absl::MutexLock lock(&mutex_);
  const ImageRecord named{.id = id, .names = {name}, .blobs = {}};
  TakeNames(named);
  Entry& entry = images_.at(id);
  AddNames(named, entry.record);
  Describe(entry);
}

void ImageCatalog::DropName(const std::string& name, Entry& entry) const {
  std::vector<NameRecord>& names = entry.record.names;
  names.erase(std::remove_if(names.begin(), names.end(),
                             [&name](const NameRecord& n) { return n.name == name; }),
              names.end());
  Describe(entry);
}

void ImageCatalog::RemoveName(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  const auto owner = ids_by_name_.find(name);
  if (owner == ids_by_name_.end()) {
    return;
  }
  if (const auto image = images_.find(owner->second); image != images_.end()) {
    DropName(name, image->second);
  }
  ids_by_name_.erase(owner);
}

// Brings the image up to date with its record.
void ImageCatalog::Describe(Entry& entry) const {
  Image& image = entry.image;
  image.id = entry.record.id;
  image.repo_tags.clear();
  image.repo_digests.clear();
  image.pinned = false;
  for (const NameRecord& name : entry.record.names) {
    (absl::StrContains(name.name, '@') ? image.repo_digests : image.repo_tags).push_back(name.name);
    image.pinned = image.pinned || pinned_.contains(name.name);
  }
  image.size = 0;
  for (const BlobRecord& blob : entry.record.blobs) {
    image.size += blob.size;
  }
}

void ImageCatalog::Remove(absl::string_view id) {
  absl::MutexLock lock(&mutex_);
  auto found = images_.find(id);
  if (found == images_.end()) {
    return;
  }
  for (const NameRecord& name : found->second.record.names) {
    ids_by_name_.erase(name.name);
  }
  images_.erase(found);
}

absl::StatusOr<Image> ImageCatalog::Find(absl::string_view name) const {
  absl::MutexLock lock(&mutex_);
  absl::string_view hex = name;
  absl::ConsumePrefix(&hex, kIdPrefix);
  if (hex.size() == kIdDigits) {
    auto found = images_.find(absl::StrCat(kIdPrefix, hex));
    if (found == images_.end()) {
      return Unknown(name);
    }
    return found->second.image;
  }
  if (const Entry* entry = FindByName(name); entry != nullptr) {
    return entry->image;
  }
  if (!IsHex(hex)) {
    RETURN_IF_ERROR(ImageReference::Parse(name).status());
    return Unknown(name);
  }
  absl::StatusOr<const Entry*> entry = FindByPrefix(hex);
  if (!entry.ok()) {
    return entry.status();
  }
  return (*entry)->image;
}

const ImageCatalog::Entry* ImageCatalog::FindByName(absl::string_view name) const {
  absl::StatusOr<ImageReference> reference = ImageReference::Parse(name);
  if (!reference.ok()) {
    return nullptr;
  }
  auto found = ids_by_name_.find(reference->recorded_name());
  if (found == ids_by_name_.end()) {
    return nullptr;
  }
  auto image = images_.find(found->second);
  return image == images_.end() ? nullptr : &image->second;
}

absl::StatusOr<const ImageCatalog::Entry*> ImageCatalog::FindByPrefix(absl::string_view hex) const {
  std::string prefix = absl::StrCat(kIdPrefix, hex);
  auto found = images_.lower_bound(prefix);
  if (found == images_.end() || !absl::StartsWith(found->first, prefix)) {
    return Unknown(hex);
  }
  auto next = std::next(found);
  if (next != images_.end() && absl::StartsWith(next->first, prefix)) {
    return absl::NotFoundError(absl::StrCat("more than one image has an id like ", hex));
  }
  return &found->second;
}

std::vector<Image> ImageCatalog::List() const {
  std::vector<Image> images;
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, entry] : images_) {
    images.push_back(entry.image);
  }
  return images;
}

absl::StatusOr<ImageRecord> ImageCatalog::Record(absl::string_view id) const {
  absl::MutexLock lock(&mutex_);
  auto found = images_.find(id);
  if (found == images_.end()) {
    return Unknown(id);
  }
  return found->second.record;
}

absl::flat_hash_set<std::string> ImageCatalog::Blobs() const {
  absl::flat_hash_set<std::string> blobs;
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, entry] : images_) {
    for (const BlobRecord& blob : entry.record.blobs) {
      blobs.insert(blob.digest.str());
    }
  }
  return blobs;
}

ChainIds ImageCatalog::Chains() const {
  ChainIds chains;
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, entry] : images_) {
    chains.insert(entry.image.chain_ids.begin(), entry.image.chain_ids.end());
  }
  return chains;
}

ImageCatalog::Totals ImageCatalog::Count() const {
  absl::flat_hash_map<absl::string_view, uint64_t> sizes;
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, entry] : images_) {
    for (const BlobRecord& blob : entry.record.blobs) {
      sizes.emplace(blob.digest.str(), blob.size);
    }
  }
  Totals totals{.images = images_.size(), .blobs = sizes.size(), .blob_bytes = 0};
  for (const auto& [digest, size] : sizes) {
    totals.blob_bytes += size;
  }
  return totals;
}

}  // namespace berth::imageservice
