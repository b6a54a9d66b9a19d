// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/digest.h"
#include "base/sys/fd.h"

namespace berth::imageservice {

// A blob that is being written. Nobody sees it before Commit; destroying it first leaves nothing.
// For one thread.
class BlobIngest {
 public:
  virtual ~BlobIngest() = default;

  virtual absl::Status Write(absl::string_view bytes) = 0;
  virtual uint64_t size() const = 0;
  // Of what was written; nothing more may be written after.
  virtual Digest Seal() = 0;

  // Publishes what was written under the digest that it must have. DataLoss when it has another
  // one. That the store has the blob already is fine.
  virtual absl::Status Commit(const Digest& expected) = 0;
};

struct BlobEntry {
  Digest digest;
  uint64_t size = 0;
};

// Blobs by their digest: a blob that exists is whole. Only one that was never made durable may be
// damaged after a power loss; no record names it then, and the store removes such blobs when it
// opens (docs/decisions/0021-what-is-synced.md). Thread-safe. A full disk is ResourceExhausted, and
// so is one of which only the headroom (headroom.h) is left.
class ContentStore {
 public:
  virtual ~ContentStore() = default;

  virtual absl::StatusOr<std::unique_ptr<BlobIngest>> NewIngest() = 0;

  virtual bool Has(const Digest& digest) const = 0;
  // For reading from the start. NotFound when the store does not have it.
  virtual absl::StatusOr<sys::Fd> Open(const Digest& digest) const = 0;
  // The whole blob, of which the digest is computed again. DataLoss when that is wrong or the blob
  // is larger than `max_bytes`.
  virtual absl::StatusOr<std::string> Read(const Digest& digest, size_t max_bytes) const = 0;

  virtual absl::StatusOr<std::vector<BlobEntry>> List() const = 0;
  virtual absl::Status Remove(const Digest& digest) = 0;  // absence is success

  // After this the blobs survive a power loss. NotFound when one is not there.
  virtual absl::Status MakeDurable(const std::vector<Digest>& blobs) = 0;
};

// Commits `bytes`, whose digest the caller has from a verified source.
absl::Status WriteBlob(ContentStore& store, const Digest& digest, absl::string_view bytes);

}  // namespace berth::imageservice
