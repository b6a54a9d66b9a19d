// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/files/container_view.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <map>
#include <thread>

#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/mount.h"
#include "base/sys/namespace.h"
#include "base/thread.h"
#include "runtime/spec/mount_attributes.h"

namespace berth::cri {
namespace {

constexpr mode_t kPlaceMode = 0755;
constexpr uint64_t kInert = runtime::kMountNoSuid | runtime::kMountNoDev | runtime::kMountNoExec;

// What a view is made of, in the thread that makes it.
class Maker {
 public:
  explicit Maker(const ViewPlan& plan) : plan_(plan) {}

  absl::Status Make() {
    RETURN_IF_ERROR(ToStatus(sys::LeaveSharedDirectory(), "view of a container"));
    const bool is_live = plan_.mount_namespace.is_open();
    RETURN_IF_ERROR(is_live ? CloneLive() : absl::OkStatus());
    RETURN_IF_ERROR(ToStatus(sys::EnterOwnMountNamespace(), "view of a container"));
    RETURN_IF_ERROR(is_live ? absl::OkStatus() : MountStopped());
    RETURN_IF_ERROR(Protect(root_, /*read_only=*/false));
    ASSIGN_OR_RETURN(const sys::Fd place, ToStatusOr(sys::OpenAt(AT_FDCWD, "/", O_PATH), "/"));
    RETURN_IF_ERROR(ToStatus(root_.AttachAt(place.get()), "attach a view"));
    for (const ViewMount& mount : plan_.mounts) {
      RETURN_IF_ERROR(Attach(mount));
    }
    if (plan_.read_only) {  // once there is a place for each mount
      RETURN_IF_ERROR(ToStatus(root_.SetAttributes(runtime::kMountReadOnly, 0, 0, false), "view"));
    }
    ASSIGN_OR_RETURN(space, ToStatusOr(sys::OpenOwnNamespace("mnt"), "view of a container"));
    ASSIGN_OR_RETURN(root, ToStatusOr(sys::Duplicate(root_.fd()), "view of a container"));
    return absl::OkStatus();
  }

  sys::Fd space;
  sys::Fd root;

 private:
  // The root of a container that runs, without what is mounted in it, and its tmpfs.
  absl::Status CloneLive() {
    ASSIGN_OR_RETURN(const sys::Fd own, ToStatusOr(sys::OpenOwnNamespace("mnt"), "namespace"));
    RETURN_IF_ERROR(
        ToStatus(sys::EnterMountNamespace(plan_.mount_namespace.get()), "enter a container"));
    ASSIGN_OR_RETURN(root_, ToStatusOr(sys::CloneMount(AT_FDCWD, "/", false), "clone the root"));
    ASSIGN_OR_RETURN(const sys::Fd live, ToStatusOr(sys::OpenAt(AT_FDCWD, "/", O_PATH), "/"));
    for (const ViewMount& mount : plan_.mounts) {
      if (mount.source.empty() && mount.lower.empty()) {
        CloneTmpfs(live.get(), mount.target);
      }
    }
    return ToStatus(sys::EnterMountNamespace(own.get()), "leave a container");
  }

  // What is there by now may be anything, if a process has moved the directories above.
  void CloneTmpfs(int live, const std::string& target) {
    const sys::ErrnoOr<sys::Fd> found = sys::OpenInRoot(live, target.c_str(), O_PATH | O_DIRECTORY);
    if (!found.ok() || !sys::IsTmpfs(found->get())) {
      return;
    }
    sys::ErrnoOr<sys::DetachedMount> clone = sys::CloneMount(found->get(), "", false);
    if (clone.ok()) {
      tmpfs_.emplace(target, *std::move(clone));
    }
  }

  static std::vector<const char*> PathsOf(const std::vector<std::string>& layers) {
    std::vector<const char*> paths;
    for (const std::string& layer : layers) {
      paths.push_back(layer.c_str());
    }
    return paths;
  }

  absl::Status MountStopped() {
    const std::vector<const char*> lower = PathsOf(plan_.root.lower);
    const sys::OverlayLayout layout = {
        .lower = lower, .upper = plan_.root.upper.c_str(), .work = plan_.root.work.c_str()};
    sys::ErrnoOr<sys::DetachedMount> overlay = sys::NewOverlay(layout);
    if (!overlay.ok() && overlay.error().code == EINVAL &&
        sys::ForgetVolatileMount(layout.work)) {  // it has run
      overlay = sys::NewOverlay(layout);
    }
    ASSIGN_OR_RETURN(root_, ToStatusOr(std::move(overlay), "mount a container's root"));
    return absl::OkStatus();
  }

  static absl::Status Protect(const sys::DetachedMount& mount, bool read_only) {
    const uint64_t set = kInert | (read_only ? runtime::kMountReadOnly : 0);
    return ToStatus(mount.SetAttributes(set, 0, runtime::kPropagationPrivate, /*recursive=*/true),
                    "protect a mount");
  }

  absl::Status Attach(const ViewMount& mount) {
    sys::ErrnoOr<sys::DetachedMount> source = Source(mount);
    if (!source.ok()) {
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const struct stat info, ToStatusOr(sys::Stat(source->fd()), mount.target));
    const sys::ErrnoOr<sys::Fd> place =
        S_ISDIR(info.st_mode)
            ? sys::EnsureDirectoryInRoot(root_.fd(), mount.target.c_str(), kPlaceMode)
            : sys::EnsureFileInRoot(root_.fd(), mount.target.c_str(), kPlaceMode);
    if (!place.ok() && place.error().code == EROFS) {
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(ToStatus(place, mount.target));
    RETURN_IF_ERROR(Protect(*source, mount.read_only));
    return ToStatus(source->AttachAt(place->get()), "mount ", mount.target);
  }

  sys::ErrnoOr<sys::DetachedMount> Source(const ViewMount& mount) {
    const auto live = tmpfs_.find(mount.target);
    if (live != tmpfs_.end()) {
      return std::move(live->second);
    }
    if (!mount.lower.empty()) {
      const std::vector<const char*> lower = PathsOf(mount.lower);
      return sys::NewOverlay({.lower = lower});
    }
    if (mount.source.empty()) {
      return sys::Errno{ENOENT, "open_tree"};
    }
    if (mount.sub_path.empty()) {
      return sys::CloneMount(AT_FDCWD, mount.source.c_str(), true);
    }
    const sys::ErrnoOr<sys::Fd> whole = sys::OpenAt(AT_FDCWD, mount.source.c_str(), O_PATH);
    if (!whole.ok()) {
      return whole.error();
    }
    const sys::ErrnoOr<sys::Fd> part =
        sys::OpenInRoot(whole->get(), mount.sub_path.c_str(), O_PATH);
    return part.ok() ? sys::CloneMount(part->get(), "", true) : part.error();
  }

  const ViewPlan& plan_;
  sys::DetachedMount root_;
  std::map<std::string, sys::DetachedMount> tmpfs_;  // by target
};

}  // namespace

absl::StatusOr<ContainerView> ContainerView::Open(const ViewPlan& plan) {
  Maker maker(plan);
  absl::Status made;
  // Namespaces are a thread's own, once it has let go of the others' working directory: this one
  // ends with what it has made.
  ASSIGN_OR_RETURN(std::thread thread, StartThread("container-view", [&] { made = maker.Make(); }));
  thread.join();
  RETURN_IF_ERROR(made);
  return ContainerView(std::move(maker.space), std::move(maker.root));
}

}  // namespace berth::cri
