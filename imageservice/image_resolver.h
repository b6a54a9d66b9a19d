// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "base/digest.h"
#include "base/status.h"
#include "imageservice/content/content_store.h"
#include "imageservice/image/config.h"
#include "imageservice/image/manifest.h"
#include "imageservice/image/platform.h"
#include "imageservice/layer_fetcher.h"
#include "imageservice/registry/registry_client.h"

namespace berth::imageservice {

struct Document {
  Digest digest;
  std::string media_type;
  std::string bytes;
};

// An image as its documents say, before its layers are here.
struct ResolvedImage {
  Digest target;                    // what the name means: an index or a manifest
  Digest id;                        // of the config
  std::vector<Document> documents;  // from the target to the config, verified
  ImageConfig config;
  std::vector<LayerSource> layers;  // lowest first, then its attachments
};

// Of its documents and layers, to be leased: digests and chain ids.
std::vector<std::string> NamesToLease(const ResolvedImage& image);

// Asks the registry what the tag or digest means and follows indexes to the manifest for the
// platform. Documents that the content store has are not fetched again, but the registry is always
// asked for the first: the tag may mean another now, and the registry may refuse. Documents that
// are malformed or don't fit each other are DataLoss.
absl::StatusOr<ResolvedImage> ResolveImage(const Call& call, RegistryClient& registry,
                                           const ContentStore& content,
                                           absl::string_view tag_or_digest,
                                           const Platform& platform);

// The configuration that the descriptor says, verified. DataLoss when the registry has another, or
// it is too large.
absl::StatusOr<std::string> FetchConfig(const Call& call, RegistryClient& registry,
                                        const Descriptor& descriptor);

// What was parsed of a registry's document. That `document` is wrong is no fault of the caller's:
// InvalidArgument becomes DataLoss.
template <typename T>
absl::StatusOr<T> Checked(absl::StatusOr<T> parsed, const Digest& document) {
  if (absl::IsInvalidArgument(parsed.status())) {
    parsed = absl::DataLossError(parsed.status().message());
  }
  return parsed.ok() ? std::move(parsed) : Annotate(parsed.status(), document.str());
}

// The layers of an image by its manifest and config, without attachments. DataLoss when they don't
// fit.
absl::StatusOr<std::vector<LayerSource>> LayersOf(const ImageManifest& manifest,
                                                  const ImageConfig& config);

}  // namespace berth::imageservice
