// SPDX-License-Identifier: Apache-2.0
// The part of PodContainerEngine that is about volumes.
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/status.h"
#include "cri/engine_api/containers/container_mounts.h"
#include "cri/engine_api/containers/creation_check.h"
#include "cri/engine_api/containers/image_mounts.h"
#include "cri/engine_api/containers/pod_container_engine.h"
#include "cri/engine_api/files/container_view.h"

namespace berth::cri {

absl::StatusOr<std::vector<MountSpec>> PodContainerEngine::InheritedMounts(
    const ContainerSpec& spec) const {
  std::vector<MountSpec> inherited;
  for (const std::string& text : spec.volumes_from) {
    ASSIGN_OR_RETURN(const VolumesFrom from, ParseVolumesFrom(text));
    ASSIGN_OR_RETURN(const EngineContainerRecord other, table_->Find(from.container));
    RETURN_IF_ERROR(CheckAlive(other));
    for (MountSpec& mount : InheritMounts(ReadMounts(other.mounts), from.read_only)) {
      inherited.push_back(std::move(mount));
    }
  }
  return inherited;
}

// `added` are the volumes that were not there before, also when it fails.
absl::Status PodContainerEngine::MakeVolumes(const Call& call, const ContainerSpec& spec,
                                             EngineContainerRecord& record,
                                             std::vector<std::string>& added) {
  ASSIGN_OR_RETURN(std::vector<MountSpec> inherited, InheritedMounts(spec));
  std::vector<MountSpec> mounts = ResolveMounts(spec, std::move(inherited));
  RETURN_IF_ERROR(CheckMountCount(mounts.size()));
  record.mounts = Json::array();
  for (MountSpec& mount : mounts) {
    RETURN_IF_ERROR(FindMountedImage(images_, mount));
    if (mount.type == MountSpec::Type::kVolume) {
      const bool is_new = !volumes_.Find(mount.source).ok();
      ASSIGN_OR_RETURN(const Volume volume, volumes_.Create(call, {.name = mount.source,
                                                                   .driver = mount.driver,
                                                                   .labels = mount.labels,
                                                                   .options = mount.options,
                                                                   .user = record.id}));
      if (mount.source.empty()) {
        mount.labels[kAnonymousVolume] = "";
      }
      // Where its options mount something, that may be anything of the node.
      if (mount.relabel.empty() && !mount.read_only && volume.options.empty()) {
        mount.relabel = "z";
      }
      mount.source = volume.name;
      if (is_new) {
        added.push_back(volume.name);
        events_.Tell("volume", "create", volume.name, {{"driver", kLocalVolumes}});
      }
    }
    record.mounts.push_back(FormatMounts({mount}).front());
  }
  return absl::OkStatus();
}

// With what the image has at their places.
absl::Status PodContainerEngine::FillVolumes(const Call& call, const EngineContainerRecord& record,
                                             const imageservice::Rootfs& root) {
  std::vector<MountSpec> mounts = ReadMounts(record.mounts);
  std::erase_if(mounts, [](const MountSpec& mount) {
    return mount.type != MountSpec::Type::kVolume || mount.no_copy || !mount.subpath.empty();
  });
  if (mounts.empty()) {
    return absl::OkStatus();
  }
  ViewPlan plan;
  plan.root = root;
  ASSIGN_OR_RETURN(const ContainerView image, ContainerView::Open(plan));
  for (const MountSpec& mount : mounts) {
    RETURN_IF_ERROR(volumes_.CopyUp(call, mount.source, image.root(), mount.target));
  }
  return absl::OkStatus();
}

// As a daemon begins, of each container that is on record. One of which it is not known may use any
// that there are.
void PodContainerEngine::UseVolumes(const EngineContainerRecord& record) {
  if (record.state.dead() && record.mounts.is_null()) {
    for (const Volume& volume : volumes_.List()) {
      LogIfError(volumes_.Use(volume.name, record.id), "a dead container's volume is not there");
    }
  }
  for (const MountSpec& mount : ReadMounts(record.mounts)) {
    if (mount.type == MountSpec::Type::kVolume) {
      LogIfError(volumes_.Use(mount.source, record.id), "a container's volume is not there");
    }
  }
}

absl::Status PodContainerEngine::FindVolumes(const Call& call, PlanSurroundings& surroundings) {
  for (const MountSpec& mount : surroundings.mounts) {
    if (mount.type != MountSpec::Type::kVolume) {
      continue;
    }
    ASSIGN_OR_RETURN(surroundings.volumes[mount.source], volumes_.Source(call, mount.source));
    ASSIGN_OR_RETURN(const Volume volume, volumes_.Find(mount.source));
    if (!volume.options.empty()) {
      surroundings.mounted_volumes.insert(mount.source);
    }
  }
  return absl::OkStatus();
}

// One that another container uses, too, stays.
void PodContainerEngine::ReleaseVolumes(const EngineContainerRecord& record,
                                        bool remove_anonymous) {
  volumes_.Release(record.id);
  std::vector<std::string> anonymous;
  for (const MountSpec& mount : ReadMounts(record.mounts)) {
    if (remove_anonymous && IsAnonymous(mount)) {
      anonymous.push_back(mount.source);
    }
  }
  RemoveUnused(anonymous);
}

void PodContainerEngine::RemoveUnused(const std::vector<std::string>& volumes) {
  for (const std::string& name : volumes) {
    if (!volumes_.UsersOf(name).empty()) {
      continue;
    }
    const absl::Status removed =
        volumes_.Remove(Call::WithTimeout(kTeardownTimeout), name, /*force=*/false);
    LogIfError(removed, "a volume stays");
    if (removed.ok()) {
      events_.Tell("volume", "destroy", name, {{"driver", kLocalVolumes}});
    }
  }
}

}  // namespace berth::cri
