// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/mount.h>

#include <string>

#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/mount.h"
#include "base/sys/namespace.h"
#include "runtime/shim/mapped_layers.h"
#include "runtime/shim/mount_plan.h"
#include "runtime/shim/steps.h"

namespace berth::shim::steps {
namespace {

// Of which the kernel makes no overlay.
sys::ErrnoOr<sys::DetachedMount> CloneLayer(const std::string& layer, const Pod& pod) {
  return pod.has_user_namespace() ? CloneMapped(layer, pod.user_namespace.get())
                                  : sys::CloneMount(AT_FDCWD, layer.c_str(), false);
}

sys::ErrnoOr<sys::DetachedMount> MakeOverlay(const Launch& launch) {
  const runtime::RootPlan& root = launch.plan->root;
  const char* label = LabelOf(*launch.plan);
  if (launch.pod.has_user_namespace()) {
    const MappedLayers layers = {launch.pod.root.c_str(), root.lower, root.upper, root.work,
                                 root.is_volatile,        label};
    return NewMappedOverlay(layers, launch.pod.user_namespace.get());
  }
  std::vector<const char*> lower;
  for (const std::string& directory : root.lower) {
    lower.push_back(directory.c_str());
  }
  sys::OverlayLayout layout = {.lower = lower, .label = label};
  if (!root.upper.empty()) {
    layout.upper = root.upper.c_str();
    layout.work = root.work.c_str();
    layout.is_volatile = root.is_volatile;
  }
  return sys::NewOverlay(layout);
}

sys::ErrnoOr<sys::DetachedMount> MakeRoot(const Launch& launch) {
  const runtime::RootPlan& root = launch.plan->root;
  if (root.upper.empty() && root.lower.size() == 1) {
    sys::ErrnoOr<sys::DetachedMount> layer = CloneLayer(root.lower[0], launch.pod);
    if (layer.ok()) {
      SYS_RETURN_IF_ERROR(layer->SetAttributes(MOUNT_ATTR_RDONLY, 0, MS_PRIVATE, false));
    }
    return layer;
  }
  sys::ErrnoOr<sys::DetachedMount> overlay = MakeOverlay(launch);
  if (!overlay.ok() && overlay.error().code == EINVAL && root.is_volatile && !root.upper.empty() &&
      sys::ForgetVolatileMount(root.work.c_str())) {  // a start that failed has left a mark
    return MakeOverlay(launch);
  }
  return overlay;
}

sys::ErrnoOr<sys::Fd> OpenRootPlace(const Launch& launch) {
  return launch.stage.fd() < 0
             ? sys::OpenAt(AT_FDCWD, launch.pod.root.c_str(), O_PATH | O_DIRECTORY)
             : sys::OpenAt(launch.stage.fd(), runtime::kStagedRoot, O_PATH | O_DIRECTORY);
}

// An image whose /proc, /dev or /sys is a link would have us mount these elsewhere.
sys::Result RefuseLinks(int root) {
  for (const char* name : {"proc", "dev", "sys"}) {
    sys::ErrnoOr<struct stat> info = sys::StatAt(root, name, AT_SYMLINK_NOFOLLOW);
    if (info.ok() && S_ISLNK(info->st_mode)) {
      return sys::Errno{ELOOP, "mount root"};
    }
  }
  return sys::Done{};
}

}  // namespace

sys::Result MountRoot(Launch& launch) {
  SYS_ASSIGN_OR_RETURN(sys::DetachedMount root, MakeRoot(launch));
  SYS_RETURN_IF_ERROR(RefuseLinks(root.fd()));
  SYS_ASSIGN_OR_RETURN(sys::Fd place, OpenRootPlace(launch));
  SYS_RETURN_IF_ERROR(root.AttachAt(place.get()));
  SYS_ASSIGN_OR_RETURN(launch.root, sys::Duplicate(root.fd()));
  return sys::Done{};
}

sys::Result ChangeRoot(Launch& launch) {
  int root = launch.root.get();
  SYS_RETURN_IF_ERROR(sys::PivotInto(root));
  if (launch.plan->root.read_only) {
    SYS_RETURN_IF_ERROR(sys::SetMountAttributes(root, MOUNT_ATTR_RDONLY, 0, 0, false));
  }
  if (launch.plan->root_propagation == MS_SHARED) {
    SYS_RETURN_IF_ERROR(sys::SetMountAttributes(root, 0, 0, MS_SHARED, false));
  }
  return sys::Done{};
}

}  // namespace berth::shim::steps
