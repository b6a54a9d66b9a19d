// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/digest.h"
#include "imageservice/metadata/metadata_database.h"

namespace berth::imageservice {

struct NameRecord {
  std::string name;  // repository:tag or repository@digest
  Digest target;     // the manifest or index that it means
};

struct BlobRecord {
  Digest digest;
  uint64_t size = 0;
  std::string media_type;
};

struct ImageRecord {
  std::string id;                 // the digest of its config
  std::vector<NameRecord> names;  // sorted, of one that is on record
  std::vector<BlobRecord> blobs;  // all that it is made of: indexes, manifests, config, layers
};

// The images, on stable storage when a change returns. Thread-safe.
class ImageRecords {
 public:
  explicit ImageRecords(MetadataDatabase& database) : database_(database) {}

  absl::StatusOr<std::vector<ImageRecord>> Load() const;

  // Adds the image, or adds names and blobs to it. A name that another image had moves to this one.
  absl::Status Put(const ImageRecord& image);

  absl::Status Remove(absl::string_view id);        // absence is success
  absl::Status RemoveName(absl::string_view name);  // of whichever image has it; absence is success

 private:
  MetadataDatabase& database_;
};

}  // namespace berth::imageservice
