// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/call.h"
#include "base/digest.h"
#include "imageservice/image/reference.h"
#include "imageservice/registry/credentials.h"
#include "imageservice/registry/retry_policy.h"

namespace berth::imageservice {

struct Manifest {
  std::string media_type;  // from the descriptor or Content-Type
  Digest digest;           // of `bytes`, verified
  std::string bytes;       // at most kMaxManifestSize
};

// What a tag or digest means, without its bytes.
struct ManifestHead {
  std::string media_type;  // Content-Type
  Digest digest;           // the registry's word
};

struct BlobSource {
  Digest digest;
  uint64_t size = 0;              // from the descriptor; more bytes than this are an error
  std::vector<std::string> urls;  // foreign layer URLs, fetched without credentials
};

inline constexpr size_t kMaxListedTags = 10'000;  // of a repository

using BytesSink = std::function<absl::Status(absl::string_view)>;

// The pull side of the OCI distribution API for one repository and one set of credentials, over the
// mirrors and TLS settings that its certs.d directory names (read when the client is made).
// Transient failures are retried with backoff and jitter, but a server that is not there at the
// first question only once; a broken blob goes on where it broke (Range). Thread-safe: layers are
// fetched in parallel over one connection cache.
class RegistryClient {
 public:
  virtual ~RegistryClient() = default;

  // What a tag or digest means now, and that this login may have it; registries that count pulls
  // do not count this. Errors as of FetchManifest. nullopt when the registry does not say: ask
  // FetchManifest.
  virtual absl::StatusOr<std::optional<ManifestHead>> HeadManifest(
      const Call& call, absl::string_view tag_or_digest) = 0;

  // The manifest or index that a tag or digest means. NotFound, Unauthenticated, PermissionDenied,
  // Unavailable, or DataLoss when the bytes are not what a digest says.
  virtual absl::StatusOr<Manifest> FetchManifest(const Call& call,
                                                 absl::string_view tag_or_digest) = 0;

  // All tags of the repository, page by page. Errors as of FetchManifest; ResourceExhausted for
  // more than kMaxListedTags.
  virtual absl::StatusOr<std::vector<std::string>> ListTags(const Call& call) = 0;

  // Streams the blob's bytes in order to `sink` exactly once each. A sink error ends the transfer
  // and is returned. The caller computes the digest; the size is checked here. DeadlineExceeded
  // after the progress timeout without progress (pace.h).
  virtual absl::Status FetchBlob(const Call& call, const BlobSource& blob,
                                 const BytesSink& sink) = 0;
};

struct RegistryOptions {
  std::vector<std::string> registry_dirs;  // certs.d trees; the first existing one counts
  absl::Duration progress_timeout = absl::Minutes(5);
  RetryPolicy retry = {};
};

// Reads the host's configuration anew at each call. InvalidArgument when it is malformed, naming
// file and line.
absl::StatusOr<std::unique_ptr<RegistryClient>> NewRegistryClient(const RegistryOptions& options,
                                                                  const ImageReference& reference,
                                                                  const Credentials& credentials);

}  // namespace berth::imageservice
