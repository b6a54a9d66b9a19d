// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "imageservice/content/content_store.h"
#include "imageservice/image_resolver.h"
#include "imageservice/metadata/image_records.h"

namespace berth::imageservice {

inline constexpr size_t kMaxImageDocuments = 1000;
inline constexpr size_t kMaxImageBlobs = 100'000;

// What a name of an image stands for, to be carried elsewhere.
struct ImageContents {
  std::vector<Descriptor> blobs;    // layers and configs, each once
  std::vector<Document> documents;  // manifests and indexes, what is named before what names it
};

// The digests of it all, to be leased.
std::vector<std::string> DigestsIn(const ImageContents& contents);

// The document that the record's image is under this tag, given in full; nothing for what is none
// of its tags: an id, a digest, another image's. Pure.
std::optional<Digest> TargetOf(const ImageRecord& record, absl::string_view tag);

// Everything below `target`, which is one of the record's documents; without one, of the manifest
// of the record's image, which also replaces an index of which something is not here. DataLoss when
// that is not here, and for an index of more than kMaxImageDocuments or kMaxImageBlobs.
absl::StatusOr<ImageContents> ContentsOf(const Call& call, const ContentStore& content,
                                         const ImageRecord& record,
                                         const std::optional<Digest>& target);

// The manifest of the record's image, of several the one that `target` is. DataLoss when none is
// here.
absl::StatusOr<ImageManifest> ManifestOf(const ContentStore& content, const ImageRecord& record,
                                         const std::optional<Digest>& target);

}  // namespace berth::imageservice
