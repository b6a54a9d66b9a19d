// SPDX-License-Identifier: Apache-2.0
#include "cri/container_roots.h"

#include <set>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/status.h"

namespace berth::cri {
namespace {

std::string OwnerOf(const std::string& key) {
  return key.substr(0, key.find('/'));
}

void RemoveRoots(imageservice::ImageStore& images,
                 absl::FunctionRef<bool(const std::string& container_id)> chosen) {
  for (const std::string& key : images.RootfsKeys()) {
    if (chosen(OwnerOf(key))) {
      LogIfError(images.RemoveRootfs(key), "a root stays until the next start");
    }
  }
}

}  // namespace

std::string VolumeKey(absl::string_view container_id, size_t n) {
  return absl::StrCat(container_id, "/", n);
}

void RemoveRootsOf(imageservice::ImageStore& images, absl::string_view container_id) {
  RemoveRoots(images, [&](const std::string& owner) { return owner == container_id; });
}

void RemoveStrayRoots(imageservice::ImageStore& images, const runtime::PodRuntime& runtime) {
  const std::vector<std::string> ids = runtime.ContainerIds();
  const std::set<std::string> known(ids.begin(), ids.end());
  RemoveRoots(images, [&](const std::string& owner) {
    return owner != kEngineRootOwner && known.count(owner) == 0;
  });
}

}  // namespace berth::cri
