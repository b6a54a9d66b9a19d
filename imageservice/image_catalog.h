// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "imageservice/image/config.h"
#include "imageservice/image_store.h"
#include "imageservice/metadata/image_records.h"
#include "imageservice/snapshot/snapshotter.h"

namespace berth::imageservice {

// All images in memory, found by any of their names. Mirrors ImageRecords. Thread-safe.
class ImageCatalog {
 public:
  // `pinned` are names as users write them.
  explicit ImageCatalog(const std::vector<std::string>& pinned);

  // As ImageRecords::Put. `config` is the image's.
  void Put(const ImageRecord& record, const ImageConfig& config);
  void AddName(const std::string& id, const NameRecord& name);  // of an image that there is
  void Remove(absl::string_view id);
  void RemoveName(const std::string& name);  // as ImageRecords::RemoveName

  // By id, with or without "sha256:", by tag, by digest, by short name, by unambiguous id prefix.
  // NotFound, also when a prefix is ambiguous. Image::size counts the blobs only.
  absl::StatusOr<Image> Find(absl::string_view name) const;
  std::vector<Image> List() const;  // by id
  absl::StatusOr<ImageRecord> Record(absl::string_view id) const;

  // What the images need.
  absl::flat_hash_set<std::string> Blobs() const;
  ChainIds Chains() const;

  struct Totals {
    uint64_t images = 0;
    uint64_t blobs = 0;
    uint64_t blob_bytes = 0;  // each blob once
  };
  Totals Count() const;

 private:
  struct Entry {
    ImageRecord record;
    Image image;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;  // by id

  void TakeNames(const ImageRecord& record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropName(const std::string& name, Entry& entry) const;
  void Describe(Entry& entry) const;
  const Entry* FindByName(absl::string_view name) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<const Entry*> FindByPrefix(absl::string_view name) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  absl::flat_hash_set<std::string> pinned_;
  mutable absl::Mutex mutex_;
  Entries images_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::string> ids_by_name_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::imageservice
