// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/pod_container.h"

#include <vector>

#include "cri/engine_api/containers/container_mounts.h"

namespace berth::cri {
namespace {

EngineState StateOf(const runtime::ContainerSnapshot& container) {
  EngineState state;
  state.pod_id = container.pod_id;
  state.started_at = container.started_at;
  state.finished_at = container.finished_at;
  state.exit_code = container.exit_code;
  switch (container.state) {
    case runtime::v1::CONTAINER_RUNNING:
      state.status = EngineStatus::kRunning;
      break;
    case runtime::v1::CONTAINER_EXITED:
      state.status = EngineStatus::kExited;
      break;
    default:
      state.status = EngineStatus::kCreated;
  }
  return state;
}

Json MountsOf(const runtime::ContainerSnapshot& container) {
  std::vector<MountSpec> mounts;
  for (const runtime::v1::Mount& mount : container.config.mounts()) {
    MountSpec spec;
    spec.source = mount.host_path();
    spec.target = mount.container_path();
    spec.read_only = mount.readonly();
    if (mount.has_image() && !mount.image().image().empty()) {
      spec.type = MountSpec::Type::kImage;
      const std::string& said = mount.image().user_specified_image();
      spec.source = said.empty() ? mount.image().image() : said;
      spec.image_id = mount.image().image_ref();
      spec.subpath = mount.image_sub_path();
    }
    mounts.push_back(std::move(spec));
  }
  return FormatMounts(mounts);
}

}  // namespace

EngineContainerRecord RecordOfPodContainer(const runtime::ContainerSnapshot& container) {
  EngineContainerRecord record;
  record.of_pod = true;
  record.id = container.id;
  record.name = container.config.metadata().name();
  record.image_id = container.image.id;
  record.created_at = container.created_at;
  record.config = {{"Image", container.image.reference},
                   {"Entrypoint", container.image.entrypoint},
                   {"Cmd", container.image.command},
                   {"Env", container.image.environment},
                   {"WorkingDir", container.image.working_directory},
                   {"User", container.image.user}};
  record.host_config = {
      {"ReadonlyRootfs", container.config.linux().security_context().readonly_rootfs()}};
  record.mounts = MountsOf(container);
  record.state = StateOf(container);
  return record;
}

}  // namespace berth::cri
