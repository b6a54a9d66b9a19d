// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"

#include "base/log.h"
#include "base/random_id.h"
#include "base/status.h"
#include "cri/checkpoint/checkpoints.h"
#include "cri/container_roots.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/validation.h"
#include "proto/kubelet_errors.h"

namespace berth::cri {
namespace {

using imageservice::Image;
using imageservice::ImageStore;

constexpr absl::Duration kUndoTimeout = absl::Seconds(20);

runtime::ContainerRoot ToContainerRoot(imageservice::Rootfs root) {
  return {
      .lower = std::move(root.lower), .upper = std::move(root.upper), .work = std::move(root.work)};
}

// The name by which the status shows the image: what the user wrote where the client says so.
std::string DisplayName(const v1::ImageSpec& spec, const Image& image) {
  if (!spec.user_specified_image().empty()) {
    return spec.user_specified_image();
  }
  return image.repo_tags.empty() ? spec.image() : image.repo_tags.front();
}

runtime::ContainerImage ToContainerImage(const v1::ImageSpec& spec, const Image& image) {
  runtime::ContainerImage result;
  result.id = image.id;
  result.reference = DisplayName(spec, image);
  result.repo_digest = image.repo_digests.empty() ? image.id : image.repo_digests.front();
  result.entrypoint = image.process.entrypoint;
  result.command = image.process.command;
  result.environment = image.process.environment;
  result.working_directory = image.process.working_directory;
  result.user = image.process.user;
  result.stop_signal = image.process.stop_signal;
  result.volumes = image.process.volumes;
  return result;
}

// Notes in each mount which image it is of: the status tells.
absl::StatusOr<std::map<std::string, runtime::ContainerRoot>> PrepareImageVolumes(
    const Call& call, ImageStore& images, const std::string& container_id,
    v1::ContainerConfig& config) {
  std::map<std::string, runtime::ContainerRoot> volumes;
  for (v1::Mount& mount : *config.mutable_mounts()) {
    if (!mount.has_image() || mount.image().image().empty()) {
      continue;
    }
    absl::StatusOr<Image> image = images.Find(mount.image().image());
    if (!image.ok()) {
      return Annotate(image.status(), kImageVolumeMountFailed);
    }
    absl::StatusOr<imageservice::Rootfs> root =
        images.PrepareView(call, image->id, VolumeKey(container_id, volumes.size()));
    if (!root.ok()) {
      return Annotate(root.status(), kImageVolumeMountFailed);
    }
    mount.mutable_image()->set_image_ref(image->id);
    volumes[mount.container_path()] = ToContainerRoot(*std::move(root));
  }
  return volumes;
}

// The name of the image on which the container stands: of a checkpoint, which is unpacked for it,
// the one that the saved container stood on.
absl::StatusOr<std::string> FindBase(const Call& call, const Restores* restores,
                                     const std::string& image, const std::string& container_id) {
  if (!NamesCheckpoint(image)) {
    return image;
  }
  if (restores == nullptr) {
    return absl::UnimplementedError("checkpoints are off: no criu is configured");
  }
  return restores->Unpack(call, image, container_id);
}

absl::StatusOr<Image> FindImage(const ImageStore& images, const std::string& name,
                                bool of_checkpoint) {
  absl::StatusOr<Image> image = images.Find(name);
  if (of_checkpoint && !image.ok()) {
    return Annotate(image.status(), "the image that the checkpoint stands on");
  }
  return image;
}

// Returns the container's id. On failure nothing of it is left.
absl::StatusOr<std::string> Create(const Call& call, runtime::PodRuntime& runtime,
                                   ImageStore& images, const Restores* restores,
                                   const v1::CreateContainerRequest& request) {
  const v1::ContainerConfig& config = request.config();
  const bool restored = NamesCheckpoint(config.image().image());
  runtime::ContainerRequest create;
  create.id = RandomId();
  create.pod_id = request.pod_sandbox_id();
  create.config = config;
  absl::Cleanup undo = [&images, restores, restored, id = create.id] {
    RemoveRootsOf(images, id);
    if (restored && restores != nullptr) {
      restores->Drop(id);
    }
  };
  ASSIGN_OR_RETURN(const std::string base,
                   FindBase(call, restores, config.image().image(), create.id));
  ASSIGN_OR_RETURN(Image image, FindImage(images, base, restored));
  create.image = ToContainerImage(config.image(), image);
  create.read_file = [&images, id = image.id](const Call& reading, absl::string_view path,
                                              size_t max_bytes) {
    return images.ReadFile(reading, id, path, max_bytes);
  };
  ASSIGN_OR_RETURN(imageservice::Rootfs root, images.PrepareRootfs(call, image.id, create.id));
  if (restored) {
    RETURN_IF_ERROR(restores->Fill(call, create.id, root));
  }
  create.root = ToContainerRoot(std::move(root));
  ASSIGN_OR_RETURN(create.image_volumes,
                   PrepareImageVolumes(call, images, create.id, create.config));
  const std::string wanted_id = create.id;
  ASSIGN_OR_RETURN(std::string id, runtime.CreateContainer(call, std::move(create)));
  if (id != wanted_id) {
    return id;  // a retry found the container that its first attempt made, with its own roots
  }
  if (absl::Status ready = restored ? restores->Prepare(call, id) : absl::OkStatus(); !ready.ok()) {
    LogIfError(runtime.RemoveContainer(Call::WithTimeout(kUndoTimeout), id),
               "a container that cannot be restored stays");
    return ready;
  }
  std::move(undo).Cancel();
  return id;
}

}  // namespace

grpc::Status RuntimeService::CreateContainer(grpc::ServerContext* context,
                                             const v1::CreateContainerRequest* request,
                                             v1::CreateContainerResponse* response) {
  return ServeSlowRpc(
      "CreateContainer", context, metrics_, starts_, [&](const Call& call) -> absl::Status {
        const Restores* restores = checkpoints_ == nullptr ? nullptr : &checkpoints_->restores();
        RETURN_IF_ERROR(ValidateId(request->pod_sandbox_id(), "pod_sandbox_id"));
        RETURN_IF_ERROR(ValidateContainerConfig(request->config()));
        ASSIGN_OR_RETURN(*response->mutable_container_id(),
                         Create(call, runtime_, images_, restores, *request));
        return absl::OkStatus();
      });
}

}  // namespace berth::cri
