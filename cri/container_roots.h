// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

#include "imageservice/image_store.h"
#include "runtime/pod_runtime.h"

// Which of the image store's roots are a container's: its own, whose key is the container's id, and
// a view for each of its image volumes.
namespace berth::cri {

// As the runtime takes it.
inline runtime::ContainerRoot ToContainerRoot(imageservice::Rootfs root) {
  return {
      .lower = std::move(root.lower), .upper = std::move(root.upper), .work = std::move(root.work)};
}

// The key of the container's image volume number `n`.
std::string VolumeKey(absl::string_view container_id, size_t n);

// The first part of the keys of roots of the Engine API, which are none of the containers of pods
// (engine_api/containers/container_record.h).
inline constexpr absl::string_view kEngineRootOwner = "engine";

// Removes the container's root and the views of its image volumes. What cannot be removed is logged
// and stays until the next start of the daemon.
void RemoveRootsOf(imageservice::ImageStore& images, absl::string_view container_id);

// The same for the roots of containers of pods that are not on record: a SIGKILL between making a
// root and recording its container leaves one. Called before serving.
void RemoveStrayRoots(imageservice::ImageStore& images, const runtime::PodRuntime& runtime);

}  // namespace berth::cri
