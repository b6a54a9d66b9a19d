// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "imageservice/image_store.h"

namespace berth::test {

// An ImageStore of a few images and roots in memory, by the door's contract. Not thread-safe.
class FakeImageStore : public imageservice::ImageStore {
 public:
  // A method's name -> what it fails with before it does anything.
  std::map<std::string, absl::Status> failures;
  std::vector<imageservice::Image> images;
  std::map<std::string, imageservice::Image> registry;  // what a pull finds, by reference
  std::map<std::string, std::string> roots;             // key -> image id
  std::map<std::string, imageservice::SnapshotUsage> root_usage;
  std::map<std::string, std::string> configs;                // image id -> its bytes
  std::map<std::string, std::vector<uint64_t>> layer_sizes;  // by image id
  std::string tagged_by;                                     // the name by which Tag was asked last
  std::map<std::string, std::map<std::string, std::string>> annotations;  // by the name asked for
  imageservice::StoreUsage usage;
  std::vector<imageservice::PullRequest> pulls;

  absl::StatusOr<imageservice::Image> Pull(const Call&,
                                           const imageservice::PullRequest& request) override {
    pulls.push_back(request);
    if (absl::Status failure = FailureOf("Pull"); !failure.ok()) {
      return failure;
    }
    auto found = registry.find(request.reference);
    if (found == registry.end()) {
      return absl::NotFoundError(absl::StrCat(request.reference, ": manifest unknown"));
    }
    images.push_back(found->second);
    return found->second;
  }

  std::vector<std::string> tags;  // what the registry has of any repository
  absl::StatusOr<std::vector<std::string>> ListTags(const Call&,
                                                    const imageservice::PullRequest&) override {
    if (absl::Status failure = FailureOf("ListTags"); !failure.ok()) {
      return failure;
    }
    return tags;
  }

  std::map<std::string, imageservice::RemoteImage> remote;  // by reference
  absl::StatusOr<imageservice::RemoteImage> Describe(
      const Call&, const imageservice::PullRequest& request) override {
    pulls.push_back(request);
    if (absl::Status failure = FailureOf("Describe"); !failure.ok()) {
      return failure;
    }
    const auto found = remote.find(request.reference);
    return found != remote.end() ? absl::StatusOr<imageservice::RemoteImage>(found->second)
                                 : absl::NotFoundError("manifest unknown");
  }

  std::string archive;  // what Save writes
  absl::Status Save(const Call&, const std::vector<std::string>& names,
                    const std::function<absl::Status(absl::string_view)>& sink) override {
    for (const std::string& name : names) {
      if (const auto found = Find(name); !found.ok()) {
        return found.status();
      }
    }
    return sink(archive);
  }
  std::string loaded;  // the bytes that Load was given
  absl::StatusOr<std::vector<imageservice::LoadedImage>> Load(
      const Call&, const imageservice::ArchiveSource& source) override {
    for (auto piece = source(); piece.ok() && !piece->empty(); piece = source()) {
      loaded.append(piece->data(), piece->size());
    }
    if (absl::Status failure = FailureOf("Load"); !failure.ok()) {
      return failure;
    }
    return std::vector<imageservice::LoadedImage>{{"sha256:l", {"docker.io/library/loaded:1"}},
                                                  {"sha256:m", {}}};
  }
  std::vector<imageservice::PushRequest> pushes;
  absl::StatusOr<imageservice::PushedImage> Push(
      const Call&, const imageservice::PushRequest& request) override {
    pushes.push_back(request);
    if (absl::Status failure = FailureOf("Push"); !failure.ok()) {
      return failure;
    }
    return imageservice::PushedImage{"sha256:d", 7};
  }

  absl::StatusOr<imageservice::Image> Find(absl::string_view name) const override {
    if (absl::Status failure = FailureOf("Find"); !failure.ok()) {
      return failure;
    }
    for (const imageservice::Image& image : images) {
      if (Names(image, name)) {
        return image;
      }
    }
    return absl::NotFoundError(absl::StrCat("no image ", name));
  }
  std::vector<imageservice::Image> List() const override { return images; }

  absl::StatusOr<std::string> Config(absl::string_view image_id) const override {
    auto found = configs.find(std::string(image_id));
    return found == configs.end() ? "{}" : found->second;
  }
  absl::StatusOr<std::map<std::string, std::string>> Annotations(
      absl::string_view name) const override {
    auto found = annotations.find(std::string(name));
    return found == annotations.end() ? std::map<std::string, std::string>() : found->second;
  }
  absl::StatusOr<std::string> FindAttachment(absl::string_view, absl::string_view) const override {
    return absl::NotFoundError("no attachment");
  }
  absl::StatusOr<sys::Fd> OpenAttachment(absl::string_view) const override {
    return absl::NotFoundError("no attachment");
  }
  absl::StatusOr<std::vector<uint64_t>> LayerSizes(absl::string_view image_id) const override {
    auto found = layer_sizes.find(std::string(image_id));
    return found == layer_sizes.end() ? std::vector<uint64_t>() : found->second;
  }
  absl::Status Tag(absl::string_view name, absl::string_view reference) override {
    if (absl::Status failure = FailureOf("Tag"); !failure.ok()) {
      return failure;
    }
    for (imageservice::Image& image : images) {
      if (Names(image, name)) {
        image.repo_tags.emplace_back(reference);
        tagged_by = std::string(name);
        return absl::OkStatus();
      }
    }
    return absl::NotFoundError(absl::StrCat("no image ", name));
  }
  absl::Status RemoveName(const std::string& name) override {
    for (imageservice::Image& image : images) {
      std::erase(image.repo_tags, name);
      std::erase(image.repo_digests, name);
    }
    return absl::OkStatus();
  }
  absl::Status Remove(absl::string_view name) override {
    if (absl::Status failure = FailureOf("Remove"); !failure.ok()) {
      return failure;
    }
    std::erase_if(images, [&](const imageservice::Image& image) { return Names(image, name); });
    return absl::OkStatus();
  }

  absl::StatusOr<imageservice::Rootfs> PrepareRootfs(const Call&, absl::string_view image_id,
                                                     absl::string_view key) override {
    return Prepare("PrepareRootfs", image_id, key, absl::StrCat("/upper/", key));
  }
  absl::StatusOr<imageservice::Rootfs> FindRootfs(const Call& call, absl::string_view image_id,
                                                  absl::string_view key) override {
    return roots.count(std::string(key)) != 0 ? PrepareRootfs(call, image_id, key)
                                              : absl::NotFoundError("no rootfs");
  }
  absl::StatusOr<imageservice::Rootfs> PrepareView(const Call&, absl::string_view image_id,
                                                   absl::string_view key) override {
    return Prepare("PrepareView", image_id, key, "");
  }
  absl::Status RemoveRootfs(absl::string_view key) override {
    if (absl::Status failure = FailureOf("RemoveRootfs"); !failure.ok()) {
      return failure;
    }
    roots.erase(std::string(key));
    return absl::OkStatus();
  }
  std::vector<std::string> RootfsKeys() const override {
    std::vector<std::string> keys;
    for (const auto& [key, image] : roots) {
      keys.push_back(key);
    }
    return keys;
  }
  absl::StatusOr<imageservice::SnapshotUsage> RootfsUsage(absl::string_view key) const override {
    auto found = root_usage.find(std::string(key));
    if (found == root_usage.end()) {
      return absl::NotFoundError("not measured yet");
    }
    return found->second;
  }

  absl::StatusOr<std::string> ReadFile(const Call&, absl::string_view image_id,
                                       absl::string_view path, size_t) const override {
    return absl::NotFoundError(absl::StrCat(image_id, " has no ", path));
  }
  std::unique_ptr<imageservice::ImageAuthor> NewAuthor() override { return nullptr; }
  imageservice::StoreUsage Usage() const override { return usage; }

 private:
  absl::Status FailureOf(const std::string& method) const {
    auto found = failures.find(method);
    return found == failures.end() ? absl::OkStatus() : found->second;
  }
  static bool Names(const imageservice::Image& image, absl::string_view name) {
    for (const auto* names : {&image.repo_tags, &image.repo_digests}) {
      for (const std::string& known : *names) {
        if (known == name) {
          return true;
        }
      }
    }
    return !name.empty() && absl::StartsWith(image.id, name);
  }
  absl::StatusOr<imageservice::Rootfs> Prepare(const std::string& method,
                                               absl::string_view image_id, absl::string_view key,
                                               std::string upper) {
    if (absl::Status failure = FailureOf(method); !failure.ok()) {
      return failure;
    }
    roots[std::string(key)] = std::string(image_id);
    imageservice::Rootfs root;
    root.lower = {absl::StrCat("/layers/", image_id)};
    root.upper = std::move(upper);
    return root;
  }
};

}  // namespace berth::test
