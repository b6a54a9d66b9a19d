// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image/manifest.h"

#include <array>
#include <climits>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "base/json.h"
#include "base/status.h"
#include "imageservice/image/strict_json.h"

namespace berth::imageservice {
namespace {

constexpr absl::string_view kDockerList =
    "application/vnd.docker.distribution.manifest.list.v2+json";
constexpr absl::string_view kDockerManifest =
    "application/vnd.docker.distribution.manifest.v2+json";
constexpr absl::string_view kDockerSchema1 = "application/vnd.docker.distribution.manifest.v1+";

constexpr std::array kConfigTypes = {
    kOciConfigType, "application/vnd.docker.container.image.v1+json",
    "application/octet-stream",  // Docker before 1.10
};

constexpr std::array kLayerTypes = {
    absl::string_view("application/vnd.oci.image.layer.v1.tar"),
    absl::string_view("application/vnd.oci.image.layer.nondistributable.v1.tar"),
    absl::string_view("application/vnd.docker.image.rootfs.diff.tar"),
    absl::string_view("application/vnd.docker.image.rootfs.foreign.diff.tar"),
};

constexpr absl::string_view kAttachmentTypes = "application/vnd.berth.";

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::CHexEscape(text.substr(0, 100)), "\"");
}

absl::StatusOr<Platform> ParsePlatformMember(const Json& json) {
  Platform platform;
  ASSIGN_OR_RETURN(platform.os, StringMember(json, "os"));
  ASSIGN_OR_RETURN(platform.architecture, StringMember(json, "architecture"));
  ASSIGN_OR_RETURN(platform.variant, StringMember(json, "variant"));
  ASSIGN_OR_RETURN(platform.os_features, StringsMember(json, "os.features"));
  return platform;
}

absl::StatusOr<std::map<std::string, std::string>> ParseAnnotations(const Json& annotated) {
  ASSIGN_OR_RETURN(const Json* object, ObjectMember(annotated, "annotations"));
  std::map<std::string, std::string> annotations;
  size_t size = 0;
  for (const auto& item : object->items()) {
    ASSIGN_OR_RETURN(std::string value, StringMember(*object, item.key()));
    size += item.key().size() + value.size();
    if (size > kMaxAnnotationsSize) {
      return absl::InvalidArgumentError(
          absl::StrCat("the annotations are over the limit of ", kMaxAnnotationsSize, " bytes"));
    }
    annotations.emplace(item.key(), std::move(value));
  }
  return annotations;
}

absl::StatusOr<uint64_t> ParseSize(const Json& descriptor) {
  std::optional<int64_t> size = JsonInteger(descriptor, "size");
  if (!size.has_value() || *size < 0) {
    return absl::InvalidArgumentError("a descriptor without a size");
  }
  return static_cast<uint64_t>(*size);
}

absl::StatusOr<Descriptor> ParseDescriptor(const Json& json) {
  if (!json.is_object()) {
    return absl::InvalidArgumentError("a descriptor is not an object");
  }
  ASSIGN_OR_RETURN(std::string digest_text, StringMember(json, "digest"));
  ASSIGN_OR_RETURN(Digest digest, Digest::Parse(digest_text));
  Descriptor descriptor{.digest = std::move(digest)};
  ASSIGN_OR_RETURN(descriptor.media_type, StringMember(json, "mediaType"));
  ASSIGN_OR_RETURN(descriptor.size, ParseSize(json));
  ASSIGN_OR_RETURN(descriptor.urls, StringsMember(json, "urls"));
  if (descriptor.urls.size() > kMaxForeignUrls) {
    return absl::InvalidArgumentError(absl::StrCat(
        descriptor.urls.size(), " URLs of a layer are more than the limit of ", kMaxForeignUrls));
  }
  ASSIGN_OR_RETURN(descriptor.annotations, ParseAnnotations(json));
  ASSIGN_OR_RETURN(descriptor.artifact_type, StringMember(json, "artifactType"));
  ASSIGN_OR_RETURN(const Json* platform, ObjectMember(json, "platform"));
  if (!platform->empty()) {
    ASSIGN_OR_RETURN(descriptor.platform, ParsePlatformMember(*platform));
  }
  return descriptor;
}

absl::Status CheckVersion(absl::string_view media_type, const Json& document) {
  std::optional<int64_t> version = JsonInteger(document, "schemaVersion");
  if (absl::StartsWith(media_type, kDockerSchema1) || version == 1) {
    return absl::InvalidArgumentError(
        "it is of Docker's manifest schema 1, which was given up in 2019; push the image anew with "
        "a current tool");
  }
  if (document.contains("schemaVersion") && version != 2) {
    return absl::InvalidArgumentError("\"schemaVersion\" is not 2");
  }
  return absl::OkStatus();
}

// The document of that media type, checked to be no other.
absl::StatusOr<Json> ParseDocument(absl::string_view media_type, absl::string_view bytes,
                                   absl::string_view foreign_members) {
  ASSIGN_OR_RETURN(Json document, ParseJson(bytes, kMaxManifestSize));
  if (!document.is_object()) {
    return absl::InvalidArgumentError("not an object");
  }
  RETURN_IF_ERROR(CheckVersion(media_type, document));
  ASSIGN_OR_RETURN(std::string own_type, StringMember(document, "mediaType"));
  if (!own_type.empty() && own_type != media_type) {
    return absl::InvalidArgumentError(absl::StrCat("it calls itself ", Quoted(own_type),
                                                   " but was described as ", Quoted(media_type)));
  }
  for (absl::string_view member : absl::StrSplit(foreign_members, ' ')) {
    if (document.contains(std::string{member})) {
      return absl::InvalidArgumentError(
          absl::StrCat("it has \"", member, "\", so it could be read in two ways"));
    }
  }
  return document;
}

absl::StatusOr<ImageIndex> ReadIndex(absl::string_view media_type, absl::string_view bytes) {
  if (!IsIndexType(media_type)) {
    return absl::InvalidArgumentError(absl::StrCat(Quoted(media_type), " is not an index"));
  }
  ASSIGN_OR_RETURN(Json document, ParseDocument(media_type, bytes, "layers config fsLayers"));
  ASSIGN_OR_RETURN(const Json* manifests, ArrayMember(document, "manifests"));
  ImageIndex index;
  for (const Json& item : *manifests) {
    ASSIGN_OR_RETURN(Descriptor descriptor, ParseDescriptor(item));
    index.manifests.push_back(std::move(descriptor));
  }
  return index;
}

absl::Status CheckConfigDescriptor(const Descriptor& config) {
  if (!absl::c_linear_search(kConfigTypes, config.media_type)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "its configuration is ", Quoted(config.media_type), ": an artifact, not an image"));
  }
  if (config.size > kMaxConfigSize) {
    return absl::InvalidArgumentError(absl::StrCat("a configuration of ", config.size,
                                                   " bytes is over the limit of ", kMaxConfigSize));
  }
  return absl::OkStatus();
}

absl::StatusOr<ImageManifest> ReadManifest(absl::string_view media_type, absl::string_view bytes) {
  if (absl::StartsWith(media_type, kDockerSchema1)) {
    return CheckVersion(media_type, Json::object());
  }
  if (!IsManifestType(media_type)) {
    return absl::InvalidArgumentError(
        absl::StrCat(Quoted(media_type), " is not an image manifest"));
  }
  ASSIGN_OR_RETURN(Json document, ParseDocument(media_type, bytes, "manifests fsLayers"));
  ASSIGN_OR_RETURN(const Json* config, ObjectMember(document, "config"));
  ASSIGN_OR_RETURN(Descriptor config_descriptor, ParseDescriptor(*config));
  RETURN_IF_ERROR(CheckConfigDescriptor(config_descriptor));
  ImageManifest manifest{.config = std::move(config_descriptor)};
  ASSIGN_OR_RETURN(manifest.annotations, ParseAnnotations(document));
  ASSIGN_OR_RETURN(manifest.artifact_type, StringMember(document, "artifactType"));
  ASSIGN_OR_RETURN(const Json* layers, ArrayMember(document, "layers"));
  if (layers->size() > kMaxLayers) {
    return absl::InvalidArgumentError(
        absl::StrCat(layers->size(), " layers are more than the limit of ", kMaxLayers));
  }
  for (const Json& item : *layers) {
    ASSIGN_OR_RETURN(Descriptor layer, ParseDescriptor(item));
    const bool is_attachment = IsAttachmentType(layer.media_type);
    const bool comes_late = !is_attachment && !manifest.attachments.empty();
    if (comes_late || (!is_attachment && !LayerCompression(layer.media_type).has_value())) {
      return absl::InvalidArgumentError(absl::StrCat(
          comes_late ? "a layer after an attachment, of type " : "a layer of the unknown type ",
          Quoted(layer.media_type)));
    }
    (is_attachment ? manifest.attachments : manifest.layers).push_back(std::move(layer));
  }
  return manifest;
}

std::string PlatformsOf(const ImageIndex& index) {
  constexpr size_t kMaxListed = 20;
  std::vector<std::string> names;
  for (const Descriptor& descriptor : index.manifests) {
    if (descriptor.platform.has_value() && descriptor.platform->os != "unknown" &&
        names.size() < kMaxListed) {
      names.push_back(absl::CHexEscape(FormatPlatform(*descriptor.platform).substr(0, 40)));
    }
  }
  return names.empty() ? "none" : absl::StrJoin(names, ", ");
}

}  // namespace

bool IsIndexType(absl::string_view media_type) {
  return media_type == kOciIndexType || media_type == kDockerList;
}

bool IsManifestType(absl::string_view media_type) {
  return media_type == kOciManifestType || media_type == kDockerManifest;
}

bool IsAttachmentType(absl::string_view media_type) {
  return absl::StartsWith(media_type, kAttachmentTypes);
}

std::optional<Compression> LayerCompression(absl::string_view media_type) {
  for (absl::string_view type : kLayerTypes) {
    if (!absl::StartsWith(media_type, type)) {
      continue;
    }
    absl::string_view suffix = media_type.substr(type.size());
    if (suffix.empty()) {
      return Compression::kNone;
    }
    if (suffix == "+gzip" || suffix == ".gzip") {
      return Compression::kGzip;
    }
    if (suffix == "+zstd" || suffix == ".zstd") {
      return Compression::kZstd;
    }
  }
  return std::nullopt;
}

std::string LayerType(Compression compression) {
  switch (compression) {
    case Compression::kGzip:
      return absl::StrCat(kLayerTypes[0], "+gzip");
    case Compression::kZstd:
      return absl::StrCat(kLayerTypes[0], "+zstd");
    case Compression::kNone:
      break;
  }
  return std::string(kLayerTypes[0]);
}

std::string FormatManifest(const ImageManifest& manifest) {
  const auto descriptor = [](const Descriptor& from) {
    return Json{{"mediaType", from.media_type}, {"digest", from.digest.str()}, {"size", from.size}};
  };
  Json json = {{"schemaVersion", 2},
               {"mediaType", kOciManifestType},
               {"config", descriptor(manifest.config)},
               {"layers", Json::array()}};
  for (const std::vector<Descriptor>* blobs : {&manifest.layers, &manifest.attachments}) {
    for (const Descriptor& blob : *blobs) {
      json["layers"].push_back(descriptor(blob));
    }
  }
  if (!manifest.annotations.empty()) {
    json["annotations"] = manifest.annotations;
  }
  if (!manifest.artifact_type.empty()) {
    json["artifactType"] = manifest.artifact_type;
  }
  return FormatJson(json);
}

absl::StatusOr<ImageIndex> ParseIndex(absl::string_view media_type, absl::string_view bytes) {
  absl::StatusOr<ImageIndex> index = ReadIndex(media_type, bytes);
  return index.ok() ? std::move(index) : Annotate(index.status(), "image index");
}

absl::StatusOr<ImageManifest> ParseManifest(absl::string_view media_type, absl::string_view bytes) {
  absl::StatusOr<ImageManifest> manifest = ReadManifest(media_type, bytes);
  return manifest.ok() ? std::move(manifest) : Annotate(manifest.status(), "image manifest");
}

absl::StatusOr<Descriptor> ChoosePlatform(const ImageIndex& index, const Platform& wanted) {
  const Descriptor* best = nullptr;
  int best_rank = INT_MAX;
  for (const Descriptor& descriptor : index.manifests) {
    int rank = -1;
    if (descriptor.platform.has_value()) {
      rank = PlatformRank(wanted, *descriptor.platform);
    } else if (descriptor.artifact_type.empty()) {
      rank = INT_MAX - 1;
    }
    if (rank >= 0 && rank < best_rank) {
      best = &descriptor;
      best_rank = rank;
    }
  }
  if (best == nullptr) {
    return absl::NotFoundError(absl::StrCat("the image is not made for ", FormatPlatform(wanted),
                                            "; it is for: ", PlatformsOf(index)));
  }
  return *best;
}

}  // namespace berth::imageservice
