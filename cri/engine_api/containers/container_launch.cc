// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_launch.h"

#include <utility>

#include "absl/cleanup/cleanup.h"

#include "base/status.h"
#include "cri/container_roots.h"
#include "cri/engine_api/start_refusal.h"

namespace berth::cri {
namespace {

constexpr absl::Duration kUndoTimeout = absl::Minutes(1);

runtime::ContainerRequest RequestOf(imageservice::ImageStore& images, const std::string& id,
                                    const ContainerPlan& plan, imageservice::Rootfs root) {
  runtime::ContainerRequest request;
  request.id = id;
  request.config = plan.container;
  request.image = plan.image;
  request.root = ToContainerRoot(std::move(root));
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
  ASSIGN_OR_RETURN(imageservice::Rootfs root,
                   images.PrepareRootfs(call, plan.image.id, EngineRootKey(id)));
  const absl::Status planned = plans.Check(call, plan.pod, plan.handler, plan.pod_extras,
                                           RequestOf(images, id, plan, std::move(root)));
  return absl::IsInvalidArgument(planned) && !IsFromKernel(planned) ? planned : absl::OkStatus();
}

absl::StatusOr<LaunchedContainer> LaunchContainer(
    runtime::PodRuntime& runtime, imageservice::ImageStore& images, const Call& call,
    const std::string& id, const ContainerPlan& plan,
    absl::FunctionRef<absl::Status(const std::string& pod_id)> before_start) {
  ASSIGN_OR_RETURN(imageservice::Rootfs root,
                   images.PrepareRootfs(call, plan.image.id, EngineRootKey(id)));
  LaunchedContainer launched;
  ASSIGN_OR_RETURN(launched.pod_id, runtime.RunPod(call, plan.pod, plan.handler, plan.pod_extras));
  absl::Cleanup undo = [&] {
    LogIfError(runtime.RemovePod(Call::WithTimeout(kUndoTimeout), launched.pod_id),
               "the pod of a container that did not start stays until the next start");
  };
  runtime::ContainerRequest request = RequestOf(images, id, plan, std::move(root));
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
