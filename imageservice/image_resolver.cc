// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image_resolver.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "imageservice/image/chain_id.h"

namespace berth::imageservice {
namespace {

// A HEAD is refused without a word why, and by some servers only because it is one: worth a GET.
bool IsRefusal(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsPermissionDenied(status) || absl::IsUnknown(status);
}

LayerSource AttachmentSource(const Descriptor& descriptor) {
  return {.blob = {descriptor.digest, descriptor.size, descriptor.urls},
          .media_type = descriptor.media_type,
          .diff_id = descriptor.digest,
          .chain_id = "",
          .parent = "",
          .is_attachment = true};
}

class Resolution {
 public:
  Resolution(const Call& call, RegistryClient& registry, const ContentStore& content)
      : call_(call), registry_(registry), content_(content) {}

  absl::StatusOr<ResolvedImage> Run(absl::string_view tag_or_digest, const Platform& platform) {
    ASSIGN_OR_RETURN(Manifest first, FirstDocument(tag_or_digest));
    ResolvedImage image{
        .target = first.digest, .id = first.digest, .documents = {}, .config = {}, .layers = {}};
    image.documents.push_back({first.digest, first.media_type, std::move(first.bytes)});
    RETURN_IF_ERROR(Descend(platform, image));
    const Document& last = image.documents.back();
    ASSIGN_OR_RETURN(ImageManifest manifest,
                     Checked(ParseManifest(last.media_type, last.bytes), last.digest));
    ASSIGN_OR_RETURN(std::string config, ConfigOf(manifest.config));
    ASSIGN_OR_RETURN(image.config, Checked(ParseConfig(config), manifest.config.digest));
    ASSIGN_OR_RETURN(image.layers, LayersOf(manifest, image.config));
    for (const Descriptor& attached : manifest.attachments) {
      image.layers.push_back(AttachmentSource(attached));
    }
    image.id = manifest.config.digest;
    image.documents.push_back({image.id, manifest.config.media_type, std::move(config)});
    return image;
  }

 private:
  absl::StatusOr<Manifest> FirstDocument(absl::string_view tag_or_digest) {
    absl::StatusOr<std::optional<ManifestHead>> asked =
        registry_.HeadManifest(call_, tag_or_digest);
    if (IsRefusal(asked.status())) {
      asked = std::nullopt;
    }
    ASSIGN_OR_RETURN(std::optional<ManifestHead> head, std::move(asked));
    if (!head.has_value()) {
      return registry_.FetchManifest(call_, tag_or_digest);
    }
    if (IsIndexType(head->media_type) || IsManifestType(head->media_type)) {
      if (std::optional<std::string> bytes = Local(head->digest, kMaxManifestSize)) {
        return Manifest{head->media_type, head->digest, *std::move(bytes)};
      }
    }
    return registry_.FetchManifest(call_, head->digest.str());  // the tag may move meanwhile
  }

  // Follows indexes until the last document is none.
  absl::Status Descend(const Platform& platform, ResolvedImage& image) {
    for (int depth = 0; IsIndexType(image.documents.back().media_type); ++depth) {
      const Document& document = image.documents.back();
      if (depth == kMaxIndexDepth) {
        return absl::DataLossError(absl::StrCat("more than ", kMaxIndexDepth, " indexes in a row"));
      }
      ASSIGN_OR_RETURN(ImageIndex index,
                       Checked(ParseIndex(document.media_type, document.bytes), document.digest));
      ASSIGN_OR_RETURN(Descriptor chosen, ChoosePlatform(index, platform));
      ASSIGN_OR_RETURN(std::string bytes, FetchDocument(chosen));
      image.documents.push_back({chosen.digest, chosen.media_type, std::move(bytes)});
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> FetchDocument(const Descriptor& descriptor) {
    if (std::optional<std::string> bytes = Local(descriptor.digest, kMaxManifestSize)) {
      return Sized(*std::move(bytes), descriptor);
    }
    ASSIGN_OR_RETURN(Manifest manifest, registry_.FetchManifest(call_, descriptor.digest.str()));
    if (manifest.digest != descriptor.digest) {
      return absl::DataLossError(
          absl::StrCat("the registry sent another manifest than ", descriptor.digest.str()));
    }
    return Sized(std::move(manifest.bytes), descriptor);
  }

  absl::StatusOr<std::string> ConfigOf(const Descriptor& descriptor) {
    if (std::optional<std::string> bytes = Local(descriptor.digest, kMaxConfigSize)) {
      return Sized(*std::move(bytes), descriptor);
    }
    return FetchConfig(call_, registry_, descriptor);
  }

  static absl::StatusOr<std::string> Sized(std::string bytes, const Descriptor& descriptor) {
    if (bytes.size() != descriptor.size) {
      return absl::DataLossError(absl::StrCat(descriptor.digest.str(), " has ", bytes.size(),
                                              " bytes, not the ", descriptor.size,
                                              " of its descriptor"));
    }
    return bytes;
  }

  // A copy that the disk has damaged counts as none.
  std::optional<std::string> Local(const Digest& digest, size_t max_bytes) const {
    absl::StatusOr<std::string> bytes = content_.Read(digest, max_bytes);
    return bytes.ok() ? std::optional<std::string>(*std::move(bytes)) : std::nullopt;
  }

  const Call& call_;
  RegistryClient& registry_;
  const ContentStore& content_;
};

}  // namespace

std::vector<std::string> NamesToLease(const ResolvedImage& image) {
  std::vector<std::string> names;
  for (const Document& document : image.documents) {
    names.push_back(document.digest.str());
  }
  for (const LayerSource& layer : image.layers) {
    names.push_back(layer.blob.digest.str());
    if (!layer.is_attachment) {
      names.push_back(layer.chain_id);
    }
  }
  return names;
}

absl::StatusOr<std::string> FetchConfig(const Call& call, RegistryClient& registry,
                                        const Descriptor& descriptor) {
  std::string bytes;
  const auto append = [&bytes](absl::string_view piece) {
    bytes.append(piece.data(), piece.size());
    return bytes.size() > kMaxConfigSize
               ? absl::DataLossError(
                     absl::StrCat("the config is larger than ", kMaxConfigSize, " bytes"))
               : absl::OkStatus();
  };
  const BlobSource source{.digest = descriptor.digest, .size = descriptor.size, .urls = {}};
  RETURN_IF_ERROR(registry.FetchBlob(call, source, append));
  if (Digest::OfBytes(bytes) != descriptor.digest) {
    return absl::DataLossError(
        absl::StrCat("the registry sent another config than ", descriptor.digest.str()));
  }
  return bytes;
}

absl::StatusOr<std::vector<LayerSource>> LayersOf(const ImageManifest& manifest,
                                                  const ImageConfig& config) {
  if (manifest.layers.size() != config.diff_ids.size()) {
    return absl::DataLossError(absl::StrCat("the manifest has ", manifest.layers.size(),
                                            " layers, the config ", config.diff_ids.size()));
  }
  std::vector<std::string> chain_ids = ChainIdsOf(config.diff_ids);
  std::vector<LayerSource> layers;
  for (size_t i = 0; i < manifest.layers.size(); ++i) {
    const Descriptor& descriptor = manifest.layers[i];
    std::optional<Compression> compression = LayerCompression(descriptor.media_type);
    if (!compression.has_value()) {
      return absl::DataLossError(
          absl::StrCat("layers of type ", descriptor.media_type, " are not supported"));
    }
    layers.push_back({.blob = {descriptor.digest, descriptor.size, descriptor.urls},
                      .media_type = descriptor.media_type,
                      .compression = *compression,
                      .diff_id = config.diff_ids[i],
                      .chain_id = chain_ids[i],
                      .parent = i == 0 ? std::string() : chain_ids[i - 1]});
  }
  return layers;
}

absl::StatusOr<ResolvedImage> ResolveImage(const Call& call, RegistryClient& registry,
                                           const ContentStore& content,
                                           absl::string_view tag_or_digest,
                                           const Platform& platform) {
  return Resolution(call, registry, content).Run(tag_or_digest, platform);
}

}  // namespace berth::imageservice
