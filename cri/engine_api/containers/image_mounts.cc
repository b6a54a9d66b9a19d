// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/image_mounts.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/descriptor_path.h"
#include "base/status.h"
#include "cri/engine_api/containers/container_mounts.h"
#include "cri/engine_api/images/image_name.h"
#include "imageservice/layer/merged_view.h"

namespace berth::cri {

using imageservice::MergedNode;

std::vector<std::string> ImagesOf(const EngineContainerRecord& record) {
  std::vector<std::string> ids = MountedImageIds(record.mounts);
  ids.insert(ids.begin(), record.image_id);
  return ids;
}

absl::Status FindMountedImage(const imageservice::ImageStore& images, MountSpec& mount) {
  if (mount.type != MountSpec::Type::kImage || !mount.image_id.empty()) {
    return absl::OkStatus();
  }
  absl::StatusOr<imageservice::Image> image = images.Find(mount.source);
  if (absl::IsNotFound(image.status())) {
    return NoSuchImage(mount.source);
  }
  RETURN_IF_ERROR(image.status());
  mount.image_id = std::move(image->id);
  return absl::OkStatus();
}

absl::StatusOr<ImagePart> FindImagePart(const std::vector<std::string>& layers,
                                        const std::string& subpath) {
  if (subpath.empty()) {
    return ImagePart{.directories = layers, .file = ""};
  }
  ASSIGN_OR_RETURN(const imageservice::MergedView tree, imageservice::MergedView::Open(layers));
  ASSIGN_OR_RETURN(const MergedNode node, tree.Resolve(subpath));
  ImagePart part;
  switch (node.kind) {
    case MergedNode::Kind::kDirectory:
      for (const sys::Fd& directory : node.directories) {
        ASSIGN_OR_RETURN(part.directories.emplace_back(), PathOf(directory.get()));
      }
      return part;
    case MergedNode::Kind::kRegular: {
      ASSIGN_OR_RETURN(part.file, PathOf(node.file.get()));
      return part;
    }
    case MergedNode::Kind::kAbsent:
      return absl::InvalidArgumentError(absl::StrCat("subpath ", subpath, " is not in the image"));
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("subpath ", subpath, " is neither a directory nor a file of the image"));
  }
}

}  // namespace berth::cri
