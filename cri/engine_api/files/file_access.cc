// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/files/file_access.h"

#include <fcntl.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "cri/container_roots.h"
#include "cri/engine_api/containers/container_mounts.h"
#include "runtime/pod_file_names.h"

namespace berth::cri {
namespace {

bool IsThere(const ViewMount& mount) {
  return sys::StatAt(AT_FDCWD, mount.source.c_str(), AT_SYMLINK_NOFOLLOW).ok();
}

// There is no overlay of one directory.
ViewMount ViewOfImage(const ImagePart& part, const std::string& target) {
  ViewMount mount = {.source = "", .target = target, .read_only = true};
  if (part.directories.size() > 1) {
    mount.lower = part.directories;
  } else {
    mount.source = part.directories.empty() ? part.file : part.directories.front();
  }
  return mount;
}

}  // namespace

std::vector<ViewMount> PlanViewMounts(const ContainerSpec& spec, const MountedImages& images) {
  std::vector<ViewMount> mounts;
  for (const MountSpec& mount : spec.mounts) {
    if (const auto image = images.find(mount.target); image != images.end()) {
      mounts.push_back(ViewOfImage(image->second, mount.target));
      continue;
    }
    const bool is_tmpfs = mount.type == MountSpec::Type::kTmpfs;
    if (is_tmpfs || IsAbsolutePath(mount.source)) {
      mounts.push_back({.source = is_tmpfs ? "" : mount.source,
                        .sub_path = mount.subpath,
                        .target = mount.target,
                        .read_only = mount.read_only});
    }
  }
  std::stable_sort(mounts.begin(), mounts.end(), [](const ViewMount& a, const ViewMount& b) {
    return a.target.size() < b.target.size();
  });
  return mounts;
}

std::vector<ViewMount> PlanPodFiles(const ContainerSpec& spec, const std::string& directory) {
  std::vector<ViewMount> mounts;
  if (directory.empty()) {
    return mounts;
  }
  for (const char* name : runtime::kPodFileNames) {
    const std::string target = absl::StrCat("/etc/", name);
    const bool is_taken = std::any_of(spec.mounts.begin(), spec.mounts.end(),
                                      [&](const auto& mount) { return mount.target == target; });
    if (!is_taken) {
      mounts.push_back({.source = JoinPath(directory, name),
                        .target = target,
                        .read_only = spec.read_only_root});
    }
  }
  return mounts;
}

const MountSpec* MountOf(const ContainerSpec& spec, absl::string_view path) {
  const MountSpec* found = nullptr;
  size_t longest = 0;
  for (const MountSpec& mount : spec.mounts) {
    const bool is_in = path == mount.target || absl::StartsWith(path, mount.target + "/");
    if (is_in && mount.target.size() > longest) {
      found = &mount;
      longest = mount.target.size();
    }
  }
  return found;
}

// Its first process is looked at twice: a number that has been given to another process meanwhile
// is of a container that runs no more.
absl::StatusOr<FileAccess::Live> FileAccess::OpenLive(const EngineContainerRecord& record) const {
  const std::string& id = record.id;
  Live live;
  const runtime::PodRuntime& door = record.of_pod ? parts_.pods : parts_.runtime;
  ASSIGN_OR_RETURN(const runtime::ContainerSnapshot before, door.FindContainer(id));
  ASSIGN_OR_RETURN(
      live.mount_namespace,
      ToStatusOr(
          sys::OpenAt(AT_FDCWD, absl::StrCat("/proc/", before.pid, "/ns/mnt").c_str(), O_RDONLY),
          "container ", id));
  ASSIGN_OR_RETURN(const runtime::PodSnapshot pod, door.FindPod(before.pod_id));
  live.pod_directory = pod.directory;
  ASSIGN_OR_RETURN(const runtime::ContainerSnapshot after, door.FindContainer(id));
  if (after.state != runtime::v1::CONTAINER_RUNNING || after.pid != before.pid) {
    return absl::NotFoundError(absl::StrCat("container ", id, " has ended"));
  }
  return live;
}

// Where they are; one that does not run has what its last run has left. What is written then would
// be lost, and goes into its root.
std::string FileAccess::PodFilesOf(const EngineContainerRecord& record, const Live& live,
                                   Mounts mounts) const {
  if (live.mount_namespace.is_open() || mounts == Mounts::kToWrite) {
    return live.pod_directory;
  }
  return std::string(ParentPath(engine_.LogPath(record.id)));
}

absl::StatusOr<std::vector<MountSpec>> FileAccess::MountsOf(
    const Call& call, const EngineContainerRecord& record) const {
  std::vector<MountSpec> mounts = ReadMounts(record.mounts);
  for (MountSpec& mount : mounts) {
    if (mount.type == MountSpec::Type::kVolume) {
      ASSIGN_OR_RETURN(mount.source, parts_.volumes.Source(call, mount.source));
    }
  }
  return mounts;
}

absl::StatusOr<MountedImages> FileAccess::ImagesIn(const Call& call,
                                                   const EngineContainerRecord& record) const {
  MountedImages images;
  for (const MountSpec& mount : ReadMounts(record.mounts)) {
    if (mount.type != MountSpec::Type::kImage) {
      continue;
    }
    ASSIGN_OR_RETURN(const imageservice::Rootfs root,
                     parts_.images.FindRootfs(call, mount.image_id,
                                              VolumeKey(RootKeyOf(record), images.size())));
    ASSIGN_OR_RETURN(ImagePart part, FindImagePart(root.lower, mount.subpath));
    images[mount.target] = std::move(part);
  }
  return images;
}

// Of one that has just ended the end is put on record first, for which it must not be held: a copy
// may take hours.
absl::StatusOr<FileAccess::Held> FileAccess::Hold(const Call& call, const std::string& id) const {
  while (true) {
    {
      ASSIGN_OR_RETURN(KeyedHolds::Hold hold, engine_.Hold(call, id));
      ASSIGN_OR_RETURN(EngineContainerRecord record, engine_.FindAny(id));
      if (!record.state.running()) {
        return Held{std::move(record), std::move(hold), Live()};
      }
      absl::StatusOr<Live> live = OpenLive(record);
      if (live.ok()) {
        return Held{std::move(record), std::move(hold), *std::move(live)};
      }
      if (record.of_pod || !absl::IsNotFound(live.status())) {
        return live.status();
      }
    }
    RETURN_IF_ERROR(engine_.AwaitChange(call, id));
  }
}

absl::StatusOr<OpenedFiles> FileAccess::Open(const Call& call, absl::string_view name,
                                             Mounts mounts) const {
  ASSIGN_OR_RETURN(const EngineContainerRecord found, engine_.FindAny(name));
  ASSIGN_OR_RETURN(Held held, Hold(call, found.id));
  EngineContainerRecord& record = held.record;
  if (record.of_pod && record.state.status == EngineStatus::kCreated) {
    return absl::FailedPreconditionError(
        absl::StrCat("container ", record.id, " of a pod has not been started"));
  }
  ASSIGN_OR_RETURN(ContainerSpec spec, ParseContainerSpec(record.config, record.host_config));
  ASSIGN_OR_RETURN(spec.mounts, MountsOf(call, record));
  const bool runs = held.live.mount_namespace.is_open();
  ViewPlan plan;
  plan.read_only = spec.read_only_root;
  if (mounts != Mounts::kNone) {
    ASSIGN_OR_RETURN(const MountedImages images, ImagesIn(call, record));
    plan.mounts = PlanViewMounts(spec, images);
    std::ranges::copy_if(PlanPodFiles(spec, PodFilesOf(record, held.live, mounts)),
                         std::back_inserter(plan.mounts), IsThere);
  }
  plan.mount_namespace = std::move(held.live.mount_namespace);
  if (!runs) {
    ASSIGN_OR_RETURN(plan.root, parts_.images.FindRootfs(call, record.image_id, RootKeyOf(record)));
  }
  ASSIGN_OR_RETURN(ContainerView view, ContainerView::Open(plan));
  std::optional<KeyedHolds::Hold> hold;
  if (!runs) {
    hold.emplace(std::move(held.hold));
  }
  return OpenedFiles{std::move(record), std::move(spec), std::move(hold), std::move(view)};
}

}  // namespace berth::cri
