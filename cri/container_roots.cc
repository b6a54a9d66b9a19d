// SPDX-License-Identifier: Apache-2.0
#include "cri/container_roots.h"

#include <set>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/status.h"

namespace berth::cri {
namespace {

void RemoveRoot(imageservice::ImageStore& images, absl::string_view key) {
  LogIfError(images.RemoveRootfs(key), "a root stays until the next start");
}

}  // namespace

std::string RootOwnerOf(absl::string_view key) {
  const size_t id = absl::StartsWith(key, kEngineRootOwner) ? kEngineRootOwner.size() : 0;
  return std::string(key.substr(0, key.find('/', id)));
}

std::string VolumeKey(absl::string_view root_key, size_t n) {
  return absl::StrCat(root_key, "/", n);
}

absl::StatusOr<ImageVolumes> PrepareImageVolumes(const Call& call, imageservice::ImageStore& images,
                                                 absl::string_view root_key,
                                                 runtime::v1::ContainerConfig& config) {
  ImageVolumes volumes;
  for (runtime::v1::Mount& mount : *config.mutable_mounts()) {
    if (!mount.has_image() || mount.image().image().empty()) {
      continue;
    }
    ASSIGN_OR_RETURN(imageservice::HeldImage held, images.HoldToUse(call, mount.image().image()));
    ASSIGN_OR_RETURN(
        imageservice::Rootfs root,
        images.PrepareView(call, held.image.id, VolumeKey(root_key, volumes.holds.size())));
    mount.mutable_image()->set_image_ref(held.image.id);
    volumes.roots[mount.container_path()] = ToContainerRoot(std::move(root));
    volumes.holds.push_back(std::move(held.hold));
  }
  return volumes;
}

void RemoveRootsOf(imageservice::ImageStore& images,
                   absl::FunctionRef<bool(const std::string& owner)> chosen) {
  for (const std::string& key : images.RootfsKeys()) {
    if (chosen(RootOwnerOf(key))) {
      RemoveRoot(images, key);
    }
  }
}

void RemoveRootsOf(imageservice::ImageStore& images, absl::string_view root_key) {
  RemoveRootsOf(images, [&](const std::string& owner) { return owner == root_key; });
}

void RemoveRootsOf(imageservice::ImageStore& images, absl::string_view root_key, size_t volumes) {
  RemoveRoot(images, root_key);
  for (size_t n = 0; n < volumes; ++n) {
    RemoveRoot(images, VolumeKey(root_key, n));
  }
}

void RemoveStrayRoots(imageservice::ImageStore& images, const runtime::PodRuntime& runtime) {
  const std::vector<std::string> ids = runtime.ContainerIds();
  const std::set<std::string> known(ids.begin(), ids.end());
  RemoveRootsOf(images, [&](const std::string& owner) {
    return !absl::StartsWith(owner, kEngineRootOwner) && known.count(owner) == 0;
  });
}

}  // namespace berth::cri
