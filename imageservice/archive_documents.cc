// SPDX-License-Identifier: Apache-2.0
#include "imageservice/archive_documents.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"

#include "base/json.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "imageservice/image/archive_names.h"
#include "imageservice/image/reference.h"
#include "imageservice/image/strict_json.h"
#include "imageservice/layer/packed_source.h"

namespace berth::imageservice {
namespace {

// The store in place of a registry: an archive's documents are blobs by the time they are read.
class LocalDocuments : public RegistryClient {
 public:
  explicit LocalDocuments(Descriptor first) : first_(std::move(first)) {}

  absl::StatusOr<std::optional<ManifestHead>> HeadManifest(const Call&,
                                                           absl::string_view) override {
    return ManifestHead{first_.media_type, first_.digest};
  }
  absl::StatusOr<Manifest> FetchManifest(const Call&, absl::string_view digest) override {
    return absl::DataLossError(absl::StrCat("the archive has no manifest ", digest));
  }
  absl::StatusOr<std::vector<std::string>> ListTags(const Call&) override {
    return std::vector<std::string>();
  }
  absl::Status FetchBlob(const Call&, const BlobSource& blob, const BytesSink&) override {
    return absl::DataLossError(absl::StrCat("the archive has no blob ", blob.digest.str()));
  }

 private:
  const Descriptor first_;
};

std::optional<std::string> TaggedName(const std::string& text) {
  const absl::StatusOr<ImageReference> reference = ImageReference::Parse(text);
  return reference.ok() && !reference->digest().has_value()
             ? std::optional<std::string>(reference->tagged_name())
             : std::nullopt;
}

// A name in full; a bare tag is none.
std::optional<std::string> NameOf(const Descriptor& entry) {
  for (const char* key : {kArchiveName, kArchiveTag}) {
    const auto found = entry.annotations.find(key);
    if (found != entry.annotations.end() &&
        (key == kArchiveName || found->second.find_first_of(":/") != std::string::npos)) {
      return TaggedName(found->second);
    }
  }
  return std::nullopt;
}

class Reader {
 public:
  Reader(const Call& call, const ContentStore& content, const ArchiveFiles& files,
         const Platform& platform)
      : call_(call), content_(content), files_(files), platform_(platform) {}

  absl::StatusOr<std::vector<ArchivedImage>> Run() {
    const bool has_list = files_.Has(kArchiveManifest);
    if (files_.Has(kArchiveIndex)) {
      RETURN_IF_ERROR(ReadLayout());
      if (has_list) {
        RETURN_IF_ERROR(ForEachListed([this](const Json& entry) { return AddNames(entry); }));
      }
    } else if (has_list) {
      RETURN_IF_ERROR(ForEachListed([this](const Json& entry) { return AddListed(entry); }));
    } else {
      return absl::DataLossError("the archive has neither index.json nor manifest.json");
    }
    return std::move(images_);
  }

 private:
  absl::StatusOr<std::string> ReadText(const std::string& path, size_t max_bytes) {
    ASSIGN_OR_RETURN(const ArchiveFiles::File file, files_.Find(path));
    return content_.Read(file.digest, max_bytes);
  }

  absl::Status ReadLayout() {
    ASSIGN_OR_RETURN(const std::string text, ReadText(kArchiveIndex, kMaxManifestSize));
    ASSIGN_OR_RETURN(const ImageIndex index, ParseIndex(kOciIndexType, text));
    if (index.manifests.size() > kMaxArchiveImages) {
      return absl::DataLossError(absl::StrCat("more than ", kMaxArchiveImages, " images"));
    }
    absl::Status unsuitable;
    for (const Descriptor& entry : index.manifests) {
      LocalDocuments documents(entry);
      absl::StatusOr<ResolvedImage> image =
          ResolveImage(call_, documents, content_, entry.digest.str(), platform_);
      if (absl::IsNotFound(image.status())) {
        unsuitable = image.status();
        continue;
      }
      RETURN_IF_ERROR(image.status());
      Add(*std::move(image), NameOf(entry));
    }
    return images_.empty() ? unsuitable : absl::OkStatus();
  }

  template <typename Take>
  absl::Status ForEachListed(const Take& take) {
    ASSIGN_OR_RETURN(const std::string text, ReadText(kArchiveManifest, kMaxManifestSize));
    ASSIGN_OR_RETURN(const Json list, ParseJson(text, kMaxManifestSize));
    if (!list.is_array() || list.size() > kMaxArchiveImages) {
      return absl::DataLossError(
          absl::StrCat("manifest.json is no list of at most ", kMaxArchiveImages, " images"));
    }
    for (const Json& entry : list) {
      RETURN_IF_ERROR(take(entry));
    }
    return absl::OkStatus();
  }

  absl::Status AddNames(const Json& entry) {
    ASSIGN_OR_RETURN(const std::string config, StringMember(entry, "Config"));
    ASSIGN_OR_RETURN(const ArchiveFiles::File file, files_.Find(config));
    for (ArchivedImage& image : images_) {
      if (image.image.id == file.digest) {
        return AddTags(entry, image);
      }
    }
    return absl::OkStatus();  // of another platform
  }

  // Docker's list knows no manifest: one is made.
  absl::Status AddListed(const Json& entry) {
    ASSIGN_OR_RETURN(const std::string path, StringMember(entry, "Config"));
    ASSIGN_OR_RETURN(const ArchiveFiles::File file, files_.Find(path));
    ASSIGN_OR_RETURN(std::string config, content_.Read(file.digest, kMaxConfigSize));
    ResolvedImage image{
        .target = file.digest, .id = file.digest, .documents = {}, .config = {}, .layers = {}};
    ASSIGN_OR_RETURN(image.config, ParseConfig(config));
    ImageManifest manifest{
        .config = {.media_type = kOciConfigType, .digest = file.digest, .size = config.size()}};
    ASSIGN_OR_RETURN(const std::vector<std::string> layers, StringsMember(entry, "Layers"));
    for (const std::string& layer : layers) {
      ASSIGN_OR_RETURN(const Descriptor descriptor, DescribeLayer(layer));
      manifest.layers.push_back(descriptor);
    }
    ASSIGN_OR_RETURN(image.layers, LayersOf(manifest, image.config));
    std::string bytes = FormatManifest(manifest);
    image.target = Digest::OfBytes(bytes);
    image.documents.push_back({image.target, kOciManifestType, std::move(bytes)});
    image.documents.push_back({image.id, kOciConfigType, std::move(config)});
    return AddTags(entry, Add(std::move(image), std::nullopt));
  }

  absl::StatusOr<Descriptor> DescribeLayer(const std::string& path) {
    constexpr size_t kStart = 8;
    ASSIGN_OR_RETURN(const ArchiveFiles::File file, files_.Find(path));
    ASSIGN_OR_RETURN(const sys::Fd blob, content_.Open(file.digest));
    std::string start(kStart, '\0');
    ASSIGN_OR_RETURN(const size_t size, ToStatusOr(sys::ReadFull(blob.get(), start), "layer"));
    start.resize(size);
    return Descriptor{
        .media_type = LayerType(CompressionOf(start)), .digest = file.digest, .size = file.size};
  }

  static absl::Status AddTags(const Json& entry, ArchivedImage& image) {
    ASSIGN_OR_RETURN(const std::vector<std::string> tags, StringsMember(entry, "RepoTags"));
    for (const std::string& tag : tags) {
      const std::optional<std::string> name = TaggedName(tag);
      if (!name.has_value() || image.names.size() == kMaxArchiveNames) {
        return absl::DataLossError(absl::StrCat("\"RepoTags\" of ", image.image.id.str(),
                                                " holds what is no name, or too many"));
      }
      AddName(*name, image);
    }
    return absl::OkStatus();
  }

  static void AddName(const std::string& name, ArchivedImage& image) {
    if (!absl::c_linear_search(image.names, name)) {
      image.names.push_back(name);
    }
  }

  // An image that comes under several names is one.
  ArchivedImage& Add(ResolvedImage image, const std::optional<std::string>& name) {
    auto found = absl::c_find_if(images_, [&](const ArchivedImage& known) {
      return known.image.id == image.id && known.image.target == image.target;
    });
    if (found == images_.end()) {
      images_.push_back({std::move(image), {}});
      found = std::prev(images_.end());
    }
    if (name.has_value()) {
      AddName(*name, *found);
    }
    return *found;
  }

  const Call& call_;
  const ContentStore& content_;
  const ArchiveFiles& files_;
  const Platform& platform_;
  std::vector<ArchivedImage> images_;
};

}  // namespace

absl::StatusOr<std::vector<ArchivedImage>> ReadArchivedImages(const Call& call,
                                                              const ContentStore& content,
                                                              const ArchiveFiles& files,
                                                              const Platform& platform) {
  return Reader(call, content, files, platform).Run();
}

}  // namespace berth::imageservice
