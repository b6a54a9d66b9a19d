// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "cri/engine_api/containers/container_record.h"
#include "cri/engine_api/containers/container_spec.h"
#include "imageservice/image_store.h"

// The images that a container shows beside its own root (--mount type=image).
namespace berth::cri {

// By their ids, the images without which it cannot start: its own, and those of its mounts. Pure.
std::vector<std::string> ImagesOf(const EngineContainerRecord& record);

// Looks up the image of a mount that has none yet: whatever its name means later, it is that one.
// Does nothing to mounts of other types. NotFound in Docker's words.
absl::Status FindMountedImage(const imageservice::ImageStore& images, MountSpec& mount);

// Some of an image, by paths of the host.
struct ImagePart {
  std::vector<std::string> directories;  // that an overlay merges, topmost first
  std::string file;                      // in place of them
};

// What `subpath` (empty: all) means in the tree of these layers, topmost first, to a process whose
// root that is. InvalidArgument for what is not there, or neither a directory nor a file.
absl::StatusOr<ImagePart> FindImagePart(const std::vector<std::string>& layers,
                                        const std::string& subpath);

}  // namespace berth::cri
