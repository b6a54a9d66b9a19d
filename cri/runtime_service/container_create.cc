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

using imageservice::HeldImage;
using imageservice::Image;
using imageservice::ImageStore;

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

// The image on which a checkpoint stands, which is unpacked for the container.
absl::StatusOr<HeldImage> UnpackCheckpoint(const Call& call, ImageStore& images,
                                           const Restores& restores,
                                           const v1::ContainerConfig& config,
                                           const std::string& checkpoint,
                                           const std::string& container_id) {
  ASSIGN_OR_RETURN(const SavedProgram saved, restores.Unpack(call, checkpoint, container_id));
  absl::StatusOr<HeldImage> image = images.HoldToUse(call, saved.image);
  RETURN_IF_ERROR(Annotate(image.status(), "the image that the checkpoint stands on"));
  const std::string& name = config.image().image();
  if (!NamesCheckpoint(name)) {
    ASSIGN_OR_RETURN(const Image named, images.Find(name));
    RETURN_IF_ERROR(CheckSameProgram(saved, config, named.id));
  }
  return image;
}

}  // namespace

absl::StatusOr<std::string> RuntimeService::MakeContainer(const Call& call,
                                                          const std::string& pod_id,
                                                          const v1::ContainerConfig& config,
                                                          const std::string& checkpoint) {
  const bool restored = !checkpoint.empty();
  RETURN_IF_ERROR(restored ? CheckCheckpointsOn(checkpoints_) : absl::OkStatus());
  runtime::ContainerRequest create;
  create.id = RandomId();
  create.pod_id = pod_id;
  create.config = config;
  const std::string wanted_id = create.id;
  absl::Cleanup undo = [&] {
    RemoveRootsOf(images_, wanted_id);
    if (restored) {
      checkpoints_->restores().Drop(wanted_id);
    }
  };
  // Until the container's record names it.
  ASSIGN_OR_RETURN(const HeldImage held,
                   restored ? UnpackCheckpoint(call, images_, checkpoints_->restores(), config,
                                               checkpoint, wanted_id)
                            : images_.HoldToUse(call, config.image().image()));
  const Image& image = held.image;
  create.image = ToContainerImage(config.image(), image);
  create.read_file = [this, id = image.id](const Call& reading, absl::string_view path,
                                           size_t max_bytes) {
    return images_.ReadFile(reading, id, path, max_bytes);
  };
  ASSIGN_OR_RETURN(imageservice::Rootfs root, images_.PrepareRootfs(call, image.id, wanted_id));
  RETURN_IF_ERROR(restored ? checkpoints_->restores().Fill(call, wanted_id, root)
                           : absl::OkStatus());
  create.root = ToContainerRoot(std::move(root));
  absl::StatusOr<ImageVolumes> volumes =
      PrepareImageVolumes(call, images_, wanted_id, create.config);
  RETURN_IF_ERROR(Annotate(volumes.status(), kImageVolumeMountFailed));
  create.image_volumes = std::move(volumes->roots);
  ASSIGN_OR_RETURN(std::string id, runtime_.CreateContainer(call, std::move(create)));
  if (id != wanted_id) {
    return id;  // a retry found the container that its first attempt made, with its own roots
  }
  absl::Status ready = restored ? checkpoints_->restores().Prepare(call, id) : absl::OkStatus();
  if (!ready.ok()) {
    LogIfError(runtime_.RemoveContainer(Call::WithTimeout(kUndoTimeout), id),
               "a container that cannot be restored stays");
    return ready;
  }
  std::move(undo).Cancel();
  return id;
}

grpc::Status RuntimeService::CreateContainer(grpc::ServerContext* context,
                                             const v1::CreateContainerRequest* request,
                                             v1::CreateContainerResponse* response) {
  return ServeSlowRpc(
      "CreateContainer", context, metrics_, starts_, [&](const Call& call) -> absl::Status {
        RETURN_IF_ERROR(ValidatePodId(request->pod_sandbox_id()));
        RETURN_IF_ERROR(ValidateContainerConfig(request->config()));
        const std::string& image = request->config().image().image();
        const bool restored = NamesCheckpoint(image);
        RETURN_IF_ERROR(restored ? ValidateAbsolutePath(image, "image.image") : absl::OkStatus());
        ASSIGN_OR_RETURN(*response->mutable_container_id(),
                         MakeContainer(call, request->pod_sandbox_id(), request->config(),
                                       restored ? image : ""));
        return absl::OkStatus();
      });
}

}  // namespace berth::cri
