// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/digest.h"
#include "imageservice/image/compression.h"
#include "imageservice/image/config.h"
#include "imageservice/image/platform.h"

// The documents above an image's configuration, OCI's and Docker's schema 2: index and manifest.
// Pure. Everything that a Parse function accepts is complete and within the limits, and means one
// thing only. Errors are InvalidArgument and say what is wrong.
namespace berth::imageservice {

inline constexpr size_t kMaxManifestSize = 4 << 20;       // of a manifest or an index
inline constexpr size_t kMaxAnnotationsSize = 256 << 10;  // names and values of one object
inline constexpr size_t kMaxForeignUrls = 16;             // of one layer
inline constexpr int kMaxIndexDepth = 4;  // indexes above a manifest; the puller counts

struct Descriptor {
  std::string media_type = {};
  Digest digest;
  uint64_t size = 0;
  std::vector<std::string> urls = {};
  std::optional<Platform> platform = {};
  std::map<std::string, std::string> annotations = {};
  std::string artifact_type = {};
};

struct ImageIndex {
  std::vector<Descriptor> manifests;
};

struct ImageManifest {
  Descriptor config;
  std::vector<Descriptor> layers = {};  // lowest first; each of a type that LayerCompression knows
  // What comes after the layers: blobs that belong to the image, but are no part of its files.
  std::vector<Descriptor> attachments = {};
  std::map<std::string, std::string> annotations = {};
  std::string artifact_type = {};  // of an image that is more than one
};

bool IsIndexType(absl::string_view media_type);
bool IsManifestType(absl::string_view media_type);

// nullopt when it is no layer type that we unpack.
std::optional<Compression> LayerCompression(absl::string_view media_type);
// Whether blobs of that type are attachments: of Berth's own types only.
bool IsAttachmentType(absl::string_view media_type);
// OCI's type of a layer packed so.
std::string LayerType(Compression compression);

// An OCI manifest in JSON, of descriptors with type, digest and size; the same values give the same
// bytes.
std::string FormatManifest(const ImageManifest& manifest);

inline constexpr char kOciIndexType[] = "application/vnd.oci.image.index.v1+json";
inline constexpr char kOciManifestType[] = "application/vnd.oci.image.manifest.v1+json";
inline constexpr char kOciConfigType[] = "application/vnd.oci.image.config.v1+json";

// `media_type` is the descriptor's, or Content-Type where there is no descriptor. A mediaType
// inside the document must equal it. A document with members of the other kind (layers and
// manifests) is refused, and so is Docker's schema 1.
absl::StatusOr<ImageIndex> ParseIndex(absl::string_view media_type, absl::string_view bytes);
absl::StatusOr<ImageManifest> ParseManifest(absl::string_view media_type, absl::string_view bytes);

// The entry that suits `wanted` best, by containerd's order of preference; entries without a
// platform come last. NotFound, naming what there is, when nothing suits.
absl::StatusOr<Descriptor> ChoosePlatform(const ImageIndex& index, const Platform& wanted);

}  // namespace berth::imageservice
