// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "imageservice/content/content_store.h"

namespace berth::imageservice {

// One file a blob: <directory>/blobs/sha256/<hex>. Partial blobs are files without a name where the
// filesystem has such, else files in <directory>/ingest, which Open empties as far as it can.
class DiskContentStore : public ContentStore {
 public:
  // Makes the directory (0700) and what belongs in it.
  static absl::StatusOr<std::unique_ptr<DiskContentStore>> Open(const std::string& directory);

  absl::StatusOr<std::unique_ptr<BlobIngest>> NewIngest() override;
  bool Has(const Digest& digest) const override;
  absl::StatusOr<sys::Fd> Open(const Digest& digest) const override;
  absl::StatusOr<std::string> Read(const Digest& digest, size_t max_bytes) const override;
  absl::StatusOr<std::vector<BlobEntry>> List() const override;
  absl::Status Remove(const Digest& digest) override;
  absl::Status MakeDurable(const std::vector<Digest>& blobs) override;

 private:
  DiskContentStore(sys::Fd blobs, sys::Fd ingest)
      : blobs_(std::move(blobs)), ingest_(std::move(ingest)) {}

  sys::Fd blobs_;
  sys::Fd ingest_;
};

}  // namespace berth::imageservice
