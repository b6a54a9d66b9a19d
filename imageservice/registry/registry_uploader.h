// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "base/digest.h"
#include "imageservice/image/reference.h"
#include "imageservice/registry/credentials.h"
#include "imageservice/registry/registry_client.h"

namespace berth::imageservice {

struct BlobUpload {
  Digest digest;
  uint64_t size = 0;
  int file = -1;
  std::string mount_from;  // a repository of the same registry that may have it; empty for none
  std::function<void(uint64_t bytes)> sent = nullptr;  // of this attempt; may be empty
};

enum class BlobOutcome { kExisted, kMounted, kSent };

// The push side of the OCI distribution API for one repository. Transient failures are retried as
// RegistryClient does it, and a broken upload goes on where it broke if the server can. A server
// that refuses a whole blob as too large gets it in chunks. Thread-safe.
class RegistryUploader {
 public:
  virtual ~RegistryUploader() = default;

  // Makes the repository have the blob. Errors as of RegistryClient.
  virtual absl::StatusOr<BlobOutcome> PutBlob(const Call& call, const BlobUpload& blob) = 0;

  // Stores the manifest or index, whose blobs are there, under a tag or its digest.
  virtual absl::Status PutManifest(const Call& call, absl::string_view tag_or_digest,
                                   absl::string_view media_type, absl::string_view bytes) = 0;
};

// To the host that takes the registry's pushes (registry_config.h). InvalidArgument as of
// NewRegistryClient, and when there is none.
absl::StatusOr<std::unique_ptr<RegistryUploader>> NewRegistryUploader(
    const RegistryOptions& options, const ImageReference& reference,
    const Credentials& credentials);

}  // namespace berth::imageservice
