// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/sysmacros.h>

#include <charconv>
#include <string>

#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/mount.h"
#include "runtime/shim/mount_plan.h"
#include "runtime/shim/steps.h"

namespace berth::shim::steps {
namespace {

constexpr mode_t kDirectoryMode = 0755;

// The directory that holds the last component of `path`, and that component.
struct Place {
  sys::Fd parent;
  std::string name;
};

// Not where a link leads into a volume, unless the plan itself puts another /dev there.
sys::ErrnoOr<Place> EnsurePlace(const Launch& launch, const std::string& path) {
  SplitPath split = SplitParent(path);
  if (split.name.empty() || split.name == "." || split.name == "..") {
    return sys::Errno{EINVAL, "path of a device or link"};
  }
  SYS_ASSIGN_OR_RETURN(sys::Fd parent,
                       sys::EnsureDirectoryInRoot(
                           launch.root.get(), std::string(split.parent).c_str(), kDirectoryMode));
  if (!HasDestination(*launch.plan, "/dev")) {
    SYS_RETURN_IF_ERROR(launch.own.CheckParent(parent.get(), split.parent, launch.root.get()));
  }
  return Place{std::move(parent), std::string(split.name)};
}

bool IsDevice(const struct stat& info, const runtime::DevicePlan& device) {
  return (info.st_mode & S_IFMT) == (device.block ? S_IFBLK : S_IFCHR) &&
         info.st_rdev == makedev(device.major, device.minor);
}

sys::Result BindDevice(const Launch& launch, const runtime::DevicePlan& device) {
  const std::string& path = device.source.empty() ? device.path : device.source;
  SYS_ASSIGN_OR_RETURN(sys::DetachedMount node, sys::CloneMount(AT_FDCWD, path.c_str(), false));
  SYS_ASSIGN_OR_RETURN(struct stat info, sys::Stat(node.fd()));
  if (!IsDevice(info, device)) {
    return sys::Errno{ENXIO, "bind device"};
  }
  SYS_ASSIGN_OR_RETURN(sys::Fd target,
                       sys::EnsureFileInRoot(launch.root.get(), device.path.c_str(), 0600));
  SYS_RETURN_IF_ERROR(launch.own.CheckTarget(target.get(), device.path));
  return node.AttachAt(target.get());
}

// Success when that very device is there already.
sys::Result AcceptExisting(const Place& place, const runtime::DevicePlan& device) {
  sys::ErrnoOr<struct stat> info =
      sys::StatAt(place.parent.get(), place.name.c_str(), AT_SYMLINK_NOFOLLOW);
  return info.ok() && IsDevice(*info, device) ? sys::Result(sys::Done{})
                                              : sys::Errno{EEXIST, "mknod"};
}

sys::Result MakeNode(const Place& place, const runtime::DevicePlan& device, bool mapped) {
  mode_t type = device.block ? S_IFBLK : S_IFCHR;
  sys::Result made = sys::MakeNode(place.parent.get(), place.name.c_str(), type | device.mode,
                                   makedev(device.major, device.minor));
  if (!made.ok()) {
    return made.error().code == EEXIST ? AcceptExisting(place, device) : made;
  }
  // A user namespace's root gets no device of the host by that it is made by it.
  if (device.uid == 0 && device.gid == 0 && !mapped) {
    return sys::Done{};
  }
  return sys::SetOwnerAt(place.parent.get(), place.name.c_str(), device.uid, device.gid);
}

sys::Result MakeDevice(const Launch& launch, const runtime::DevicePlan& device) {
  SYS_ASSIGN_OR_RETURN(Place place, EnsurePlace(launch, device.path));
  sys::Result made = MakeNode(place, device, launch.pod.has_user_namespace());
  if (!made.ok() && made.error().code == EPERM) {
    return BindDevice(launch, device);
  }
  return made;
}

sys::Result MakeSymlink(const Launch& launch, const std::string& path, const char* target) {
  SYS_ASSIGN_OR_RETURN(Place place, EnsurePlace(launch, path));
  sys::Result made = sys::MakeSymlink(target, place.parent.get(), place.name.c_str());
  return !made.ok() && made.error().code == EEXIST ? sys::Result(sys::Done{}) : made;
}

// tty; root where that is not mapped.
uint32_t TerminalGroup(const Pod& pod) {
  constexpr uint32_t kTty = 5;
  return pod.HostId(pod.has_user_namespace() && pod.ids.count <= kTty ? 0 : kTty);
}

sys::Result MountNew(Launch& launch, const char* type, std::vector<sys::MountOption> options,
                     uint64_t attributes, const char* destination) {
  if (const char* label = LabelOf(*launch.plan); label != nullptr) {
    options.push_back({"context", label});
  }
  SYS_ASSIGN_OR_RETURN(sys::DetachedMount made, sys::NewMount(type, options, attributes));
  SYS_ASSIGN_OR_RETURN(sys::Fd target,
                       sys::EnsureDirectoryInRoot(launch.root.get(), destination, kDirectoryMode));
  SYS_RETURN_IF_ERROR(made.AttachAt(target.get()));
  return launch.own.Add(made.fd(), destination);
}

}  // namespace

sys::Result MountDev(Launch& launch) {
  if (HasDestination(*launch.plan, "/dev")) {
    return sys::Done{};
  }
  SYS_RETURN_IF_ERROR(MountNew(launch, "tmpfs", {{"mode", "755"}, {"size", "65536k"}},
                               MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME, "/dev"));
  if (HasDestination(*launch.plan, "/dev/pts")) {
    return sys::Done{};
  }
  char group[12] = {};
  std::to_chars(group, group + sizeof(group) - 1, TerminalGroup(launch.pod));
  SYS_RETURN_IF_ERROR(
      MountNew(launch, "devpts",
               {{"newinstance", nullptr}, {"ptmxmode", "0666"}, {"mode", "0620"}, {"gid", group}},
               MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, "/dev/pts"));
  return MakeSymlink(launch, "/dev/ptmx", "pts/ptmx");
}

sys::Result MakeDevices(Launch& launch) {
  const std::vector<runtime::DevicePlan>& devices = launch.plan->devices;
  for (launch.item = 0; launch.item < devices.size(); ++launch.item) {
    SYS_RETURN_IF_ERROR(MakeDevice(launch, devices[launch.item]));
  }
  return sys::Done{};
}

sys::Result MakeSymlinks(Launch& launch) {
  const runtime::LaunchPlan& plan = *launch.plan;
  launch.item = static_cast<uint32_t>(plan.devices.size());  // a failure is of no device
  for (const runtime::SymlinkPlan& symlink : plan.symlinks) {
    SYS_RETURN_IF_ERROR(MakeSymlink(launch, symlink.path, symlink.target.c_str()));
  }
  return sys::Done{};
}

}  // namespace berth::shim::steps
