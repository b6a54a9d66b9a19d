// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"

#include "imageservice/puller.h"
#include "imageservice/registry/registry_client.h"
#include "tests/support/compress.h"

namespace berth::test {

struct LibraryLayer {
  std::string tar;
  imageservice::Compression compression = imageservice::Compression::kGzip;
};

struct LibraryImage {
  std::vector<LibraryLayer> layers;
  std::string user = "";
  std::string architecture = "amd64";
};

// Images in memory, and registry clients that serve them without any network. Images are added
// before they are pulled; the hooks may be called on any thread.
class ImageLibrary {
 public:
  // Called before each piece of a blob; an error ends the transfer with it.
  std::function<absl::Status(const Call&, const Digest& blob, size_t sent)> before_piece;
  // Called before a manifest is sent.
  std::function<absl::Status(const std::string& tag_or_digest)> before_manifest;
  size_t piece_size = 64 << 10;
  std::optional<absl::Status> head_answer;  // in place of the truth; OK: tells no digest

  // Adds the documents and blobs; `name` ("repository:tag") means the manifest. Returns its digest.
  Digest Add(const std::string& name, const LibraryImage& image) {
    std::vector<std::string> layers;
    std::vector<std::string> diff_ids;
    for (const LibraryLayer& layer : image.layers) {
      std::string packed = Pack(layer);
      Digest digest = AddBlob(packed);
      layers.push_back(Descriptor(LayerType(layer.compression), digest, packed.size()));
      diff_ids.push_back(absl::StrCat("\"", Digest::OfBytes(layer.tar).str(), "\""));
    }
    std::string config =
        absl::StrCat(R"({"os":"linux","architecture":")", image.architecture,
                     R"(","created":"2020-01-01T00:00:00Z",)", R"("config":{"User":")", image.user,
                     R"(","Cmd":["/bin/sh"]},)", R"("rootfs":{"type":"layers","diff_ids":[)",
                     absl::StrJoin(diff_ids, ","), "]}}");
    Digest config_digest = AddBlob(config);
    std::string manifest = absl::StrCat(
        R"({"schemaVersion":2,"mediaType":")", kManifestType, R"(","config":)",
        Descriptor("application/vnd.oci.image.config.v1+json", config_digest, config.size()),
        R"(,"layers":[)", absl::StrJoin(layers, ","), "]}");
    ids_.emplace(name, config_digest.str());
    return AddDocument(name, kManifestType, manifest);
  }

  // `name` means an index of the manifests, by platform ("linux/arm64").
  Digest AddIndex(const std::string& name,
                  const std::vector<std::pair<std::string, Digest>>& manifests) {
    std::vector<std::string> entries;
    for (const auto& [platform, digest] : manifests) {
      size_t slash = platform.find('/');
      std::string entry =
          Descriptor(kManifestType, digest, documents_.at(digest.str()).second.size());
      entry.pop_back();
      entries.push_back(absl::StrCat(entry, R"(,"platform":{"os":")", platform.substr(0, slash),
                                     R"(","architecture":")", platform.substr(slash + 1),
                                     R"("}})"));
    }
    return AddDocument(name, kIndexType,
                       absl::StrCat(R"({"schemaVersion":2,"mediaType":")", kIndexType,
                                    R"(","manifests":[)", absl::StrJoin(entries, ","), "]}"));
  }

  Digest AddDocument(const std::string& name, const std::string& media_type,
                     const std::string& bytes) {
    Digest digest = Digest::OfBytes(bytes);
    documents_[digest.str()] = {media_type, bytes};
    tags_.insert_or_assign(name, digest.str());
    return digest;
  }

  Digest AddBlob(const std::string& bytes) {
    Digest digest = Digest::OfBytes(bytes);
    blobs_[digest.str()] = bytes;
    return digest;
  }

  // The registry has other bytes for it from now on.
  void Corrupt(const Digest& digest, const std::string& bytes) { blobs_[digest.str()] = bytes; }

  const std::string& id(const std::string& name) const { return ids_.at(name); }

  // How often a blob was asked for.
  int fetches(const Digest& digest) const {
    absl::MutexLock lock(&mutex_);
    auto found = fetches_.find(digest.str());
    return found == fetches_.end() ? 0 : found->second;
  }
  int total_fetches() const {
    absl::MutexLock lock(&mutex_);
    int total = 0;
    for (const auto& [digest, count] : fetches_) {
      total += count;
    }
    return total;
  }

  imageservice::RegistryFactory registries() {
    return [this](const imageservice::RegistryOptions&,
                  const imageservice::ImageReference& reference, const imageservice::Credentials&)
               -> absl::StatusOr<std::unique_ptr<imageservice::RegistryClient>> {
      return std::make_unique<Client>(*this, reference.path());
    };
  }

  static std::string Pack(const LibraryLayer& layer) {
    switch (layer.compression) {
      case imageservice::Compression::kGzip:
        return Gzip(layer.tar);
      case imageservice::Compression::kZstd:
        return Zstd(layer.tar);
      default:
        return layer.tar;
    }
  }

 private:
  static constexpr char kManifestType[] = "application/vnd.oci.image.manifest.v1+json";
  static constexpr char kIndexType[] = "application/vnd.oci.image.index.v1+json";

  class Client : public imageservice::RegistryClient {
   public:
    Client(ImageLibrary& library, std::string repository)
        : library_(library), repository_(std::move(repository)) {}

    absl::StatusOr<std::optional<imageservice::ManifestHead>> HeadManifest(
        const Call& call, absl::string_view tag_or_digest) override {
      if (absl::Status status = call.Check(); !status.ok()) {
        return status;
      }
      if (library_.head_answer.has_value()) {
        if (!library_.head_answer->ok()) {
          return *library_.head_answer;
        }
        return std::optional<imageservice::ManifestHead>();
      }
      auto found = library_.Document(repository_, std::string(tag_or_digest));
      if (found == library_.documents_.end()) {
        return absl::NotFoundError("no such manifest");
      }
      return imageservice::ManifestHead{found->second.first, *Digest::Parse(found->first)};
    }

    absl::StatusOr<std::vector<std::string>> ListTags(const Call&) override {
      return absl::UnimplementedError("a library is asked for what it has");
    }

    absl::StatusOr<imageservice::Manifest> FetchManifest(const Call& call,
                                                         absl::string_view tag_or_digest) override {
      if (absl::Status status = call.Check(); !status.ok()) {
        return status;
      }
      std::string wanted(tag_or_digest);
      if (library_.before_manifest != nullptr) {
        if (absl::Status status = library_.before_manifest(wanted); !status.ok()) {
          return status;
        }
      }
      auto found = library_.Document(repository_, wanted);
      if (found == library_.documents_.end()) {
        return absl::NotFoundError("no such manifest");
      }
      return imageservice::Manifest{found->second.first, Digest::OfBytes(found->second.second),
                                    found->second.second};
    }

    absl::Status FetchBlob(const Call& call, const imageservice::BlobSource& blob,
                           const imageservice::BytesSink& sink) override {
      {
        absl::MutexLock lock(&library_.mutex_);
        ++library_.fetches_[blob.digest.str()];
      }
      auto found = library_.blobs_.find(blob.digest.str());
      if (found == library_.blobs_.end()) {
        return absl::NotFoundError("no such blob");
      }
      absl::string_view bytes = found->second;
      for (size_t at = 0; at < bytes.size(); at += library_.piece_size) {
        absl::Status status = call.Check();
        if (status.ok() && library_.before_piece != nullptr) {
          status = library_.before_piece(call, blob.digest, at);
        }
        if (status.ok()) {
          status = sink(bytes.substr(at, library_.piece_size));
        }
        if (!status.ok()) {
          return status;
        }
      }
      return absl::OkStatus();
    }

   private:
    ImageLibrary& library_;
    const std::string repository_;
  };

  static std::string LayerType(imageservice::Compression compression) {
    constexpr char kType[] = "application/vnd.oci.image.layer.v1.tar";
    switch (compression) {
      case imageservice::Compression::kGzip:
        return absl::StrCat(kType, "+gzip");
      case imageservice::Compression::kZstd:
        return absl::StrCat(kType, "+zstd");
      default:
        return kType;
    }
  }

  static std::string Descriptor(absl::string_view type, const Digest& digest, size_t size) {
    return absl::StrCat(R"({"mediaType":")", type, R"(","digest":")", digest.str(), R"(","size":)",
                        size, "}");
  }

  using Documents = std::map<std::string, std::pair<std::string, std::string>>;

  Documents::const_iterator Document(const std::string& repository,
                                     const std::string& tag_or_digest) const {
    auto tag = tags_.find(repository + ":" + tag_or_digest);
    return documents_.find(tag == tags_.end() ? tag_or_digest : tag->second);
  }

  Documents documents_;                       // type and bytes by digest
  std::map<std::string, std::string> blobs_;  // by digest
  std::map<std::string, std::string> tags_;   // "repository:tag" to digest
  std::map<std::string, std::string> ids_;
  mutable absl::Mutex mutex_;
  std::map<std::string, int> fetches_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::test
