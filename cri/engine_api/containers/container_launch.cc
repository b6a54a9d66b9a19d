// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_launch.h"

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/container_roots.h"
#include "cri/engine_api/containers/image_mounts.h"
#include "cri/engine_api/start_refusal.h"

namespace berth::cri {
namespace {

constexpr absl::Duration kUndoTimeout = absl::Minutes(1);

// A part of an image is a tree of its own to the runtime, or a file of the host.
absl::Status NarrowImageVolumes(runtime::ContainerRequest& request) {
  for (v1::Mount& mount : *request.config.mutable_mounts()) {
    if (mount.image_sub_path().empty()) {
      continue;
    }
    std::vector<std::string>& layers = request.image_volumes[mount.container_path()].lower;
    absl::StatusOr<ImagePart> part = FindImagePart(layers, mount.image_sub_path());
    RETURN_IF_ERROR(
        Annotate(part.status(), absl::StrCat("invalid mount config for type \"image\": ",
                                             mount.image().user_specified_image())));
    mount.clear_image_sub_path();
    layers = std::move(part->directories);
    if (!part->file.empty()) {
      mount.clear_image();
      mount.set_host_path(part->file);
      mount.add_mount_options("nosuid");
      mount.add_mount_options("nodev");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<runtime::ContainerRequest> MakeRequest(const Call& call,
                                                      imageservice::ImageStore& images,
                                                      const std::string& id,
                                                      const ContainerPlan& plan) {
  runtime::ContainerRequest request;
  request.id = id;
  request.config = plan.container;
  request.image = plan.image;
  ASSIGN_OR_RETURN(imageservice::Rootfs root,
                   images.PrepareRootfs(call, plan.image.id, EngineRootKey(id)));
  request.root = ToContainerRoot(std::move(root));
  ASSIGN_OR_RETURN(ImageVolumes volumes,
                   PrepareImageVolumes(call, images, EngineRootKey(id), request.config));
  request.image_volumes = std::move(volumes.roots);
  RETURN_IF_ERROR(NarrowImageVolumes(request));
  request.read_file = [&images, image = plan.image.id](const Call& reading, absl::string_view path,
                                                       size_t max_bytes) {
    return images.ReadFile(reading, image, path, max_bytes);
  };
  request.extras = plan.extras;
  return request;
}

}  // namespace

absl::Status CheckLaunch(const runtime::PlanCheck& plans, imageservice::ImageStore& images,
                         const Call& call, const std::string& id, const ContainerPlan& plan) {
  ASSIGN_OR_RETURN(const runtime::ContainerRequest request, MakeRequest(call, images, id, plan));
  const absl::Status planned = plans.Check(call, plan.pod, plan.handler, plan.pod_extras, request);
  return absl::IsInvalidArgument(planned) && !IsFromKernel(planned) ? planned : absl::OkStatus();
}

absl::StatusOr<LaunchedContainer> LaunchContainer(
    runtime::PodRuntime& runtime, imageservice::ImageStore& images, const Call& call,
    const std::string& id, const ContainerPlan& plan,
    absl::FunctionRef<absl::Status(const std::string& pod_id)> before_start) {
  ASSIGN_OR_RETURN(runtime::ContainerRequest request, MakeRequest(call, images, id, plan));
  LaunchedContainer launched;
  ASSIGN_OR_RETURN(launched.pod_id, runtime.RunPod(call, plan.pod, plan.handler, plan.pod_extras));
  absl::Cleanup undo = [&] {
    LogIfError(runtime.RemovePod(Call::WithTimeout(kUndoTimeout), launched.pod_id),
               "the pod of a container that did not start stays until the next start");
  };
  request.pod_id = launched.pod_id;
  RETURN_IF_ERROR(runtime.CreateContainer(call, std::move(request)).status());
  RETURN_IF_ERROR(before_start(launched.pod_id));
  const absl::Status started = runtime.StartContainer(call, id);
  if (!started.ok()) {
    const auto& command = plan.container.command();
    return StartRefusal(started,
                        "failed to create task for container: ", command.empty() ? "" : command[0]);
  }
  ASSIGN_OR_RETURN(const runtime::ContainerSnapshot snapshot, runtime.FindContainer(id));
  launched.started_at = snapshot.started_at;
  std::move(undo).Cancel();
  return launched;
}

void NoteStarted(const LaunchedContainer& launched, EngineContainerRecord& record) {
  EngineState& state = record.state;
  state.status = EngineStatus::kRunning;
  state.pod_id = launched.pod_id;
  state.started_at = launched.started_at;
  state.finished_at = 0;
  state.exit_code = 0;
  state.oom_killed = false;
  state.stopped_by_user = false;
  state.health = FirstHealth(ParseHealth(record.config).value_or(HealthSpec()));
  record.processes.clear();
}

}  // namespace berth::cri
