// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image_contents.h"

#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace berth::imageservice {
namespace {

class Collector {
 public:
  Collector(const Call& call, const ContentStore& content) : call_(call), content_(content) {}

  // NotFound when something of it is not here.
  absl::Status Add(const Digest& digest, const std::string& media_type, int depth) {
    if (!documents_.insert(digest.str()).second) {
      return absl::OkStatus();  // however often it is named; what it names is there too
    }
    if (documents_.size() > kMaxImageDocuments) {
      return absl::DataLossError(
          absl::StrCat("more than ", kMaxImageDocuments, " manifests and indexes"));
    }
    RETURN_IF_ERROR(call_.Check());
    ASSIGN_OR_RETURN(std::string bytes, content_.Read(digest, kMaxManifestSize));
    if (IsIndexType(media_type)) {
      if (depth == kMaxIndexDepth) {
        return absl::DataLossError(absl::StrCat("more than ", kMaxIndexDepth, " indexes in a row"));
      }
      ASSIGN_OR_RETURN(const ImageIndex index, ParseIndex(media_type, bytes));
      for (const Descriptor& each : index.manifests) {
        RETURN_IF_ERROR(Add(each.digest, each.media_type, depth + 1));
      }
    } else {
      ASSIGN_OR_RETURN(const ImageManifest manifest, ParseManifest(media_type, bytes));
      for (const std::vector<Descriptor>* blobs : {&manifest.layers, &manifest.attachments}) {
        for (const Descriptor& blob : *blobs) {
          RETURN_IF_ERROR(AddBlob(blob));
        }
      }
      RETURN_IF_ERROR(AddBlob(manifest.config));
    }
    contents_.documents.push_back({digest, media_type, std::move(bytes)});
    return absl::OkStatus();
  }

  ImageContents Take() { return std::move(contents_); }

 private:
  absl::Status AddBlob(const Descriptor& blob) {
    if (!blobs_.insert(blob.digest.str()).second) {
      return absl::OkStatus();
    }
    if (blobs_.size() > kMaxImageBlobs) {
      return absl::DataLossError(absl::StrCat("more than ", kMaxImageBlobs, " layers and configs"));
    }
    RETURN_IF_ERROR(call_.Check());
    if (!content_.Has(blob.digest)) {
      return absl::NotFoundError(absl::StrCat("blob ", blob.digest.str(), " is not here"));
    }
    contents_.blobs.push_back(blob);
    return absl::OkStatus();
  }

  const Call& call_;
  const ContentStore& content_;
  absl::flat_hash_set<std::string> documents_;  // digests of what has been looked at
  absl::flat_hash_set<std::string> blobs_;
  ImageContents contents_;
};

absl::StatusOr<ImageContents> Collect(const Call& call, const ContentStore& content,
                                      const BlobRecord& document) {
  Collector collector(call, content);
  RETURN_IF_ERROR(collector.Add(document.digest, document.media_type, 0));
  return collector.Take();
}

struct FoundManifest {
  BlobRecord document;
  ImageManifest manifest;
};

// That of the record's image, `target` before others.
absl::StatusOr<FoundManifest> FindManifest(const ContentStore& content, const ImageRecord& record,
                                           const std::optional<Digest>& target) {
  std::optional<FoundManifest> found;
  for (const BlobRecord& document : record.blobs) {
    if (!IsManifestType(document.media_type) || (found.has_value() && document.digest != target)) {
      continue;
    }
    const absl::StatusOr<std::string> bytes = content.Read(document.digest, kMaxManifestSize);
    if (!bytes.ok()) {
      continue;
    }
    absl::StatusOr<ImageManifest> manifest = ParseManifest(document.media_type, *bytes);
    if (manifest.ok() && manifest->config.digest.str() == record.id) {
      found = FoundManifest{document, *std::move(manifest)};
    }
  }
  if (!found.has_value()) {
    return absl::DataLossError(absl::StrCat("no manifest of image ", record.id, " is left"));
  }
  return *std::move(found);
}

}  // namespace

std::vector<std::string> DigestsIn(const ImageContents& contents) {
  std::vector<std::string> digests;
  for (const Descriptor& blob : contents.blobs) {
    digests.push_back(blob.digest.str());
  }
  for (const Document& document : contents.documents) {
    digests.push_back(document.digest.str());
  }
  return digests;
}

std::optional<Digest> TargetOf(const ImageRecord& record, absl::string_view tag) {
  const auto name =
      absl::c_find_if(record.names, [tag](const NameRecord& each) { return each.name == tag; });
  return name == record.names.end() ? std::nullopt : std::optional<Digest>(name->target);
}

absl::StatusOr<ImageContents> ContentsOf(const Call& call, const ContentStore& content,
                                         const ImageRecord& record,
                                         const std::optional<Digest>& target) {
  for (const BlobRecord& document : record.blobs) {
    if (document.digest == target) {
      absl::StatusOr<ImageContents> contents = Collect(call, content, document);
      if (contents.ok() || !absl::IsNotFound(contents.status()) ||
          !IsIndexType(document.media_type)) {
        return contents;
      }
    }
  }
  ASSIGN_OR_RETURN(const FoundManifest found, FindManifest(content, record, target));
  return Collect(call, content, found.document);
}

absl::StatusOr<ImageManifest> ManifestOf(const ContentStore& content, const ImageRecord& record,
                                         const std::optional<Digest>& target) {
  ASSIGN_OR_RETURN(FoundManifest found, FindManifest(content, record, target));
  return std::move(found.manifest);
}

}  // namespace berth::imageservice
