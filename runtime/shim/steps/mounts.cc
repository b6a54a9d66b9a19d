// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/mount.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/mount.h"
#include "runtime/shim/mapped_layers.h"
#include "runtime/shim/mount_plan.h"
#include "runtime/shim/shared_memory.h"
#include "runtime/shim/steps.h"

namespace berth::shim::steps {
namespace {

constexpr mode_t kDirectoryMode = 0755;
constexpr mode_t kFileMode = 0644;

sys::ErrnoOr<sys::DetachedMount> CloneBind(const Launch& launch, const runtime::MountPlan& mount) {
  if (launch.pod.shared_memory.is_open() && mount.source == launch.pod.shm_directory.text()) {
    return CloneSharedMemory(launch.pod.shared_memory.get());
  }
  if (mount.sub_path.empty()) {
    return sys::CloneMount(AT_FDCWD, mount.source.c_str(), mount.recursive);
  }
  SYS_ASSIGN_OR_RETURN(sys::Fd source, sys::OpenAt(AT_FDCWD, mount.source.c_str(), O_PATH));
  SYS_ASSIGN_OR_RETURN(sys::Fd inside,
                       sys::OpenInRoot(source.get(), mount.sub_path.c_str(), O_PATH));
  return sys::CloneMount(inside.get(), "", mount.recursive);
}

// Attributes and propagation of a mount that nothing has seen yet.
sys::Result Adjust(const sys::DetachedMount& detached, const runtime::MountPlan& mount) {
  uint64_t propagation =
      mount.propagation == 0 ? static_cast<uint64_t>(MS_PRIVATE) : mount.propagation;
  SYS_RETURN_IF_ERROR(detached.SetAttributes(0, 0, propagation, true));
  if (mount.attributes == 0 && mount.clear_attributes == 0) {
    return sys::Done{};
  }
  return detached.SetAttributes(mount.attributes, mount.clear_attributes, 0,
                                mount.recursive_attributes);
}

bool IsMissing(int error) {
  return error == ENOENT || error == ENODEV || error == ENOTDIR;
}

sys::ErrnoOr<sys::DetachedMount> MakeOverlay(const Launch& launch,
                                             const runtime::MountPlan& mount) {
  if (mount.mapped_ids) {
    return NewMappedOverlay(
        {.place = launch.pod.root.c_str(), .lower = mount.lower, .label = LabelOf(*launch.plan)},
        launch.pod.user_namespace.get());
  }
  std::vector<const char*> lower;
  for (const std::string& directory : mount.lower) {
    lower.push_back(directory.c_str());
  }
  return sys::NewOverlay({.lower = lower, .label = LabelOf(*launch.plan)});
}

// Only a mount that is attached can be cloned in part. What it is attached to goes with the old
// root.
sys::ErrnoOr<sys::DetachedMount> CloneInside(const Launch& launch, const sys::DetachedMount& whole,
                                             const std::string& sub_path) {
  SYS_ASSIGN_OR_RETURN(sys::Fd place,
                       sys::OpenAt(AT_FDCWD, launch.pod.root.c_str(), O_PATH | O_DIRECTORY));
  SYS_RETURN_IF_ERROR(whole.AttachAt(place.get()));
  SYS_ASSIGN_OR_RETURN(sys::Fd inside, sys::OpenInRoot(whole.fd(), sub_path.c_str(), O_PATH));
  return sys::CloneMount(inside.get(), "", false);
}

// Links are made in some mounts that are read-only in the end: CloseMounts makes them so.
uint64_t FirstAttributes(const runtime::LaunchPlan& plan, const runtime::MountPlan& mount) {
  bool later = HoldsSymlinks(plan, mount.destination);
  return later ? mount.attributes & ~static_cast<uint64_t>(MOUNT_ATTR_RDONLY) : mount.attributes;
}

// Of the PID namespace that is joined, where there is one; once.
sys::ErrnoOr<sys::DetachedMount> TakeProc(Launch& launch, uint64_t attributes) {
  if (launch.proc.fd() < 0) {
    return sys::Errno{EBUSY, "mount /proc"};
  }
  SYS_RETURN_IF_ERROR(launch.proc.SetAttributes(attributes, 0, MS_PRIVATE, false));
  return std::move(launch.proc);
}

sys::ErrnoOr<sys::DetachedMount> NewFilesystem(Launch& launch, const runtime::MountPlan& mount) {
  const uint64_t attributes = FirstAttributes(*launch.plan, mount);
  if (mount.source == "proc" && launch.pid_namespace >= 0) {
    return TakeProc(launch, attributes);
  }
  std::vector<sys::MountOption> options;
  for (const runtime::MountPlanOption& option : mount.options) {
    options.push_back({option.key.c_str(), option.value.empty() ? nullptr : option.value.c_str()});
  }
  return sys::NewMount(mount.source.c_str(), options, attributes);
}

sys::ErrnoOr<sys::DetachedMount> MakeFilesystem(Launch& launch, const runtime::MountPlan& mount) {
  sys::ErrnoOr<sys::DetachedMount> made = NewFilesystem(launch, mount);
  if (made.ok() && mount.propagation != 0) {
    SYS_RETURN_IF_ERROR(made->SetAttributes(0, 0, mount.propagation, false));
  }
  return made;
}

sys::Result Attach(const Launch& launch, const runtime::MountPlan& mount,
                   const sys::DetachedMount& source) {
  SYS_ASSIGN_OR_RETURN(struct stat info, sys::Stat(source.fd()));
  const char* destination = mount.destination.c_str();
  SYS_ASSIGN_OR_RETURN(
      sys::Fd target,
      S_ISDIR(info.st_mode)
          ? sys::EnsureDirectoryInRoot(launch.root.get(), destination, kDirectoryMode)
          : sys::EnsureFileInRoot(launch.root.get(), destination, kFileMode));
  SYS_RETURN_IF_ERROR(launch.own.CheckTarget(target.get(), mount.destination));
  return source.AttachAt(target.get());
}

}  // namespace

sys::Result CloneSources(Launch& launch) {
  const std::vector<runtime::MountPlan>& mounts = launch.plan->mounts;
  launch.sources.resize(mounts.size());
  for (launch.item = 0; launch.item < mounts.size(); ++launch.item) {
    const runtime::MountPlan& mount = mounts[launch.item];
    if (mount.kind != runtime::MountKind::kBind) {
      continue;
    }
    sys::ErrnoOr<sys::DetachedMount> source = CloneBind(launch, mount);
    if (!source.ok() && mount.optional && IsMissing(source.error().code)) {
      continue;
    }
    if (!source.ok()) {
      return source.error();
    }
    if (mount.mapped_ids) {
      SYS_RETURN_IF_ERROR(source->MapIds(launch.pod.user_namespace.get(), true));
    }
    SYS_RETURN_IF_ERROR(Adjust(*source, mount));
    launch.sources[launch.item] = *std::move(source);
  }
  return sys::Done{};
}

sys::Result MakeOverlays(Launch& launch) {
  const std::vector<runtime::MountPlan>& mounts = launch.plan->mounts;
  for (launch.item = 0; launch.item < mounts.size(); ++launch.item) {
    const runtime::MountPlan& mount = mounts[launch.item];
    if (mount.kind != runtime::MountKind::kOverlay) {
      continue;
    }
    sys::ErrnoOr<sys::DetachedMount> overlay = MakeOverlay(launch, mount);
    if (overlay.ok() && !mount.sub_path.empty()) {
      overlay = CloneInside(launch, *overlay, mount.sub_path);
    }
    if (!overlay.ok()) {
      return overlay.error();
    }
    SYS_RETURN_IF_ERROR(Adjust(*overlay, mount));
    launch.sources[launch.item] = *std::move(overlay);
  }
  return sys::Done{};
}

sys::Result AttachMounts(Launch& launch) {
  const runtime::LaunchPlan& plan = *launch.plan;
  for (launch.item = 0; launch.item < plan.mounts.size(); ++launch.item) {
    const runtime::MountPlan& mount = plan.mounts[launch.item];
    sys::DetachedMount& source = launch.sources[launch.item];
    if (mount.kind == runtime::MountKind::kFilesystem) {
      sys::ErrnoOr<sys::DetachedMount> made = MakeFilesystem(launch, mount);
      if (!made.ok() && mount.optional && IsMissing(made.error().code)) {
        continue;
      }
      if (!made.ok()) {
        return made.error();
      }
      source = *std::move(made);
    }
    if (source.fd() >= 0) {
      SYS_RETURN_IF_ERROR(Attach(launch, mount, source));
    }
    if (mount.kind == runtime::MountKind::kFilesystem) {
      SYS_RETURN_IF_ERROR(launch.own.Add(source.fd(), mount.destination));
    }
    // CloseMounts comes back to it; else the descriptor would keep the mount busy for nothing.
    if (!HoldsSymlinks(plan, mount.destination)) {
      source = sys::DetachedMount();
    }
  }
  return sys::Done{};
}

sys::Result CloseMounts(Launch& launch) {
  const std::vector<runtime::MountPlan>& mounts = launch.plan->mounts;
  for (launch.item = 0; launch.item < mounts.size(); ++launch.item) {
    const runtime::MountPlan& mount = mounts[launch.item];
    sys::DetachedMount& source = launch.sources[launch.item];
    const uint64_t read_only = mount.attributes & MOUNT_ATTR_RDONLY;
    if (source.fd() >= 0 && mount.kind == runtime::MountKind::kFilesystem && read_only != 0) {
      SYS_RETURN_IF_ERROR(source.SetAttributes(read_only, 0, 0, false));
    }
    source = sys::DetachedMount();
  }
  return sys::Done{};
}

}  // namespace berth::shim::steps
