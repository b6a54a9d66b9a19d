// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image_saver.h"

#include <map>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/json.h"
#include "base/status.h"
#include "imageservice/image/archive_names.h"
#include "imageservice/image/manifest.h"
#include "imageservice/image/reference.h"
#include "imageservice/image_contents.h"
#include "imageservice/layer/tar_writer.h"

namespace berth::imageservice {
namespace {

std::string BlobPath(const Digest& digest) {
  return absl::StrCat(kArchiveBlobs, digest.hex());
}

// One image and what it is to be called in the archive.
struct Chosen {
  ImageRecord record;
  std::vector<std::string> tags;
  ImageContents contents;
};

// An archive's documents, made of images in the order in which they come.
class Archive {
 public:
  absl::Status Add(const Chosen& chosen) {
    const Document& top = chosen.contents.documents.back();
    RETURN_IF_ERROR(AddToDockers(chosen));
    for (const Document& document : chosen.contents.documents) {
      blobs_.emplace(document.digest, document.bytes.size());
    }
    for (const Descriptor& blob : chosen.contents.blobs) {
      blobs_.emplace(blob.digest, blob.size);
    }
    Json entry = {
        {"mediaType", top.media_type}, {"digest", top.digest.str()}, {"size", top.bytes.size()}};
    if (chosen.tags.empty()) {
      index_.push_back(entry);
    }
    for (const std::string& tag : chosen.tags) {
      entry["annotations"] = {{kArchiveName, tag}, {kArchiveTag, tag.substr(tag.rfind(':') + 1)}};
      index_.push_back(entry);
    }
    return absl::OkStatus();
  }

  absl::Status Write(const ContentStore& content, const Call& call, TarWriter& tar) const {
    RETURN_IF_ERROR(AddText(tar, kArchiveLayout, R"({"imageLayoutVersion":"1.0.0"})"));
    RETURN_IF_ERROR(AddText(
        tar, kArchiveIndex,
        FormatJson({{"schemaVersion", 2}, {"mediaType", kOciIndexType}, {"manifests", index_}})));
    RETURN_IF_ERROR(AddText(tar, kArchiveManifest, FormatJson(dockers_)));
    for (const auto& [digest, size] : blobs_) {
      ASSIGN_OR_RETURN(const sys::Fd file, content.Open(digest));
      RETURN_IF_ERROR(AddFile(tar, Member(BlobPath(digest)), file.get(),
                              [&call](absl::string_view) { return call.Check(); }));
    }
    return tar.Finish();
  }

 private:
  static TarMember Member(std::string path) {
    TarMember member;
    member.path = std::move(path);
    member.mode = 0644;
    return member;
  }

  static absl::Status AddText(TarWriter& tar, absl::string_view path, const std::string& text) {
    TarMember member = Member(std::string(path));
    member.size = text.size();
    RETURN_IF_ERROR(tar.Add(member));
    return tar.Write(text);
  }

  // For tools that know nothing of indexes: the one manifest that the image has.
  absl::Status AddToDockers(const Chosen& chosen) {
    for (const Document& document : chosen.contents.documents) {
      if (!IsManifestType(document.media_type)) {
        continue;
      }
      ASSIGN_OR_RETURN(const ImageManifest manifest,
                       ParseManifest(document.media_type, document.bytes));
      if (manifest.config.digest.str() != chosen.record.id) {
        continue;
      }
      Json layers = Json::array();
      for (const Descriptor& layer : manifest.layers) {
        layers.push_back(BlobPath(layer.digest));
      }
      Json tags = Json::array();
      for (const std::string& tag : chosen.tags) {
        tags.push_back(FamiliarName(tag));
      }
      dockers_.push_back({{"Config", BlobPath(manifest.config.digest)},
                          {"RepoTags", std::move(tags)},
                          {"Layers", std::move(layers)}});
      return absl::OkStatus();
    }
    return absl::DataLossError(absl::StrCat("no manifest of image ", chosen.record.id));
  }

  Json index_ = Json::array();
  Json dockers_ = Json::array();
  std::map<Digest, uint64_t> blobs_;
};

// A bare repository stands for all its tags, an id or a digest for none.
std::vector<std::string> TagsMeant(const Image& image, absl::string_view name) {
  const absl::StatusOr<ImageReference> reference = ImageReference::Parse(name);
  std::vector<std::string> tags;
  if (!reference.ok() || reference->digest().has_value()) {
    return tags;
  }
  const bool has_tag = absl::EndsWith(name, absl::StrCat(":", reference->tag()));
  for (const std::string& tag : image.repo_tags) {
    if (has_tag ? tag == reference->tagged_name()
                : absl::StartsWith(tag, absl::StrCat(reference->repository(), ":"))) {
      tags.push_back(tag);
    }
  }
  return tags;
}

// The images that a name means, by id. NotFound for none.
absl::Status Choose(const ImageCatalog& images, const std::string& name,
                    std::map<std::string, std::vector<std::string>>& chosen) {
  bool any = false;
  for (const Image& image : images.List()) {
    for (const std::string& tag : TagsMeant(image, name)) {
      std::vector<std::string>& tags = chosen[image.id];
      if (!absl::c_linear_search(tags, tag)) {
        tags.push_back(tag);
      }
      any = true;
    }
  }
  if (any) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const Image image, images.Find(name));
  chosen[image.id];
  return absl::OkStatus();
}

}  // namespace

absl::Status ImageSaver::Save(const Call& call, const std::vector<std::string>& names,
                              const Sink& sink) const {
  std::map<std::string, std::vector<std::string>> by_id;
  for (const std::string& name : names) {
    RETURN_IF_ERROR(Choose(images_, name, by_id));
  }
  Archive archive;
  std::vector<Lease> leases;
  for (auto& [id, tags] : by_id) {
    absl::c_sort(tags);
    ASSIGN_OR_RETURN(ImageRecord record, images_.Record(id));
    const std::optional<Digest> target = TargetOf(record, tags.empty() ? "" : tags.front());
    ASSIGN_OR_RETURN(ImageContents contents, ContentsOf(call, content_, record, target));
    leases.push_back(leases_.Protect(DigestsIn(contents)));
    ASSIGN_OR_RETURN(contents, ContentsOf(call, content_, record, target));  // all is here still
    RETURN_IF_ERROR(archive.Add({std::move(record), tags, std::move(contents)}));
  }
  TarWriter tar(sink);
  return archive.Write(content_, call, tar);
}

}  // namespace berth::imageservice
