// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/files/rootfs_delta.h"

#include <fcntl.h>

#include <utility>

#include "base/status.h"
#include "base/sys/file.h"
#include "cri/engine_api/containers/container_mounts.h"
#include "imageservice/layer/mount_stubs.h"

namespace berth::cri {

absl::StatusOr<RootfsDelta> OpenDelta(const Call& call, imageservice::ImageStore& images,
                                      const EngineContainerRecord& record) {
  ASSIGN_OR_RETURN(const imageservice::Rootfs root,
                   images.FindRootfs(call, record.image_id, RootKeyOf(record)));
  RootfsDelta delta;
  ASSIGN_OR_RETURN(delta.below, imageservice::MergedView::Open(root.lower));
  ASSIGN_OR_RETURN(
      delta.upper,
      ToStatusOr(sys::OpenAt(AT_FDCWD, root.upper.c_str(), O_RDONLY | O_DIRECTORY), root.upper));
  std::vector<std::string> targets;
  for (const MountSpec& mount : ReadMounts(record.mounts)) {
    targets.push_back(mount.target);
  }
  ASSIGN_OR_RETURN(delta.stubs,
                   imageservice::FindMountStubs(delta.below, delta.upper.get(), targets));
  return delta;
}

absl::StatusOr<std::vector<imageservice::RootfsChange>> ChangesOf(const Call& call,
                                                                  const RootfsDelta& delta) {
  return imageservice::FindChanges(delta.below, delta.upper.get(), delta.stubs,
                                   [&call] { return call.Check(); });
}

}  // namespace berth::cri
