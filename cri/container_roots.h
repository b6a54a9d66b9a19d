// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "base/keyed_holds.h"
#include "imageservice/image_store.h"
#include "runtime/pod_runtime.h"

// Which of the image store's roots are a container's: its own, whose key is the container's id, or
// after kEngineRootOwner, and a view for each of its image volumes.
namespace berth::cri {

// As the runtime takes it.
inline runtime::ContainerRoot ToContainerRoot(imageservice::Rootfs root) {
  return {
      .lower = std::move(root.lower), .upper = std::move(root.upper), .work = std::move(root.work)};
}

// Where the keys of roots of the Engine API begin, which are none of the containers of pods
// (engine_api/containers/container_record.h).
inline constexpr absl::string_view kEngineRootOwner = "engine/";

// The key of the container's own root that the root of that key is of, or is.
std::string RootOwnerOf(absl::string_view key);

// The key of the container's image volume number `n`, counted in the order of its mounts.
std::string VolumeKey(absl::string_view root_key, size_t n);

struct ImageVolumes {
  std::map<std::string, runtime::ContainerRoot> roots;  // by the place in the container
  std::vector<KeyedHolds::Hold> holds;                  // of their images, as of HoldToUse
};

// A view for each of the image volumes; the same ones again when it is called again. Notes in each
// mount which image it is of. On failure what was made stays, for RemoveRootsOf. Errors of
// HoldToUse and PrepareView of the store.
absl::StatusOr<ImageVolumes> PrepareImageVolumes(const Call& call, imageservice::ImageStore& images,
                                                 absl::string_view root_key,
                                                 runtime::v1::ContainerConfig& config);

// Removes the container's root and the views of its image volumes, looking at all keys that there
// are. What cannot be removed is logged and stays until the next start of the daemon.
void RemoveRootsOf(imageservice::ImageStore& images, absl::string_view root_key);
// The same of one that has so many image volumes, by their keys alone.
void RemoveRootsOf(imageservice::ImageStore& images, absl::string_view root_key, size_t volumes);

// The same for all that the chosen containers have, by the keys of their own roots.
void RemoveRootsOf(imageservice::ImageStore& images,
                   absl::FunctionRef<bool(const std::string& owner)> chosen);

// The same for the roots of containers of pods that are not on record: a SIGKILL between making a
// root and recording its container leaves one. Called before serving.
void RemoveStrayRoots(imageservice::ImageStore& images, const runtime::PodRuntime& runtime);

}  // namespace berth::cri
