// SPDX-License-Identifier: Apache-2.0
#include "runtime/host_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/descriptor_path.h"
#include "base/file.h"
#include "base/mount_table.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/fd.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "runtime/relabel.h"

namespace berth::runtime {
namespace {

constexpr mode_t kPublicDirectory = 0755;
constexpr char kSelinuxContexts[] = "/sys/fs/selinux/context";  // refuses what is none

// A directory in the place of one of these breaks the host.
constexpr absl::string_view kMustBeFiles[] = {
    "/etc/fstab",      "/etc/group",         "/etc/hostname", "/etc/hosts",   "/etc/localtime",
    "/etc/machine-id", "/etc/nsswitch.conf", "/etc/passwd",   "/etc/profile", "/etc/resolv.conf",
    "/etc/shadow",     "/etc/sudoers",       "/etc/timezone"};

// What other mounts or the kernel put into /dev; not devices.
constexpr absl::string_view kNoDevicesIn[] = {"pts", "shm", "fd", "mqueue", ".udev"};

template <typename List>
bool Contains(const List& list, absl::string_view value) {
  return std::find(std::begin(list), std::end(list), value) != std::end(list);
}

// A look-up that failed is about the request, not about a pod or container.
absl::Status AboutRequest(const absl::Status& status) {
  return status.ok() || !IsFromKernel(status) ? status
                                              : absl::InvalidArgumentError(status.message());
}

sys::ErrnoOr<sys::Fd> OpenPath(const std::string& path) {
  return sys::OpenAt(AT_FDCWD, path.c_str(), O_PATH);
}

// Not subject to the umask: whoever the container runs as must get in.
absl::Status MakePublicDirectory(const std::string& path) {
  const sys::Result made = sys::MakeDirectory(AT_FDCWD, path.c_str(), kPublicDirectory);
  if (!made.ok()) {
    return made.error().code == EEXIST ? absl::OkStatus() : ToStatus(made, "make ", path);
  }
  return ToStatus(sys::SetModeAt(AT_FDCWD, path.c_str(), kPublicDirectory), "set mode of ", path);
}

absl::Status MakePublicDirectories(const std::string& path) {
  std::string so_far;
  for (absl::string_view part : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    absl::StrAppend(&so_far, "/", part);
    RETURN_IF_ERROR(MakePublicDirectory(so_far));
  }
  return absl::OkStatus();
}

absl::Status MakeAbsentSource(const std::string& path) {
  if (Contains(kMustBeFiles, path) || absl::EndsWith(path, ".sock")) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " does not exist, and a directory in its place would be wrong"));
  }
  return MakePublicDirectories(path);
}

std::optional<HostDevice> DeviceOf(const struct stat& status, std::string path) {
  if (!S_ISCHR(status.st_mode) && !S_ISBLK(status.st_mode)) {
    return std::nullopt;
  }
  HostDevice device;
  device.path = std::move(path);
  device.block = S_ISBLK(status.st_mode);
  device.major = major(status.st_rdev);
  device.minor = minor(status.st_rdev);
  device.mode = status.st_mode & 07777;
  device.uid = status.st_uid;
  device.gid = status.st_gid;
  return device;
}

// Adds the devices in `directory` and below; `path` is what they are called by.
absl::Status AppendDevices(int parent, const std::string& name, const std::string& path, int depth,
                           std::vector<HostDevice>& devices) {
  if (depth > kMaxDeviceDepth) {
    return absl::InvalidArgumentError(absl::StrCat(path, " nests too deep"));
  }
  ASSIGN_OR_RETURN(sys::DirectoryReader reader,
                   ToStatusOr(sys::DirectoryReader::Open(parent, name.c_str()), "open ", path));
  for (;;) {
    ASSIGN_OR_RETURN(const dirent* entry, ToStatusOr(reader.Next(), "list ", path));
    if (entry == nullptr) {
      return absl::OkStatus();
    }
    const std::string child = entry->d_name;
    const std::string child_path = absl::StrCat(path, "/", child);
    const sys::ErrnoOr<struct stat> status =
        sys::StatAt(reader.fd(), child.c_str(), AT_SYMLINK_NOFOLLOW);
    if (!status.ok()) {
      continue;  // gone meanwhile
    }
    if (S_ISDIR(status->st_mode) && !Contains(kNoDevicesIn, child)) {
      RETURN_IF_ERROR(AppendDevices(reader.fd(), child, child_path, depth + 1, devices));
    } else if (std::optional<HostDevice> device = DeviceOf(*status, child_path)) {
      devices.push_back(*std::move(device));
    }
    if (devices.size() > kMaxDevicesInTree) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, " has more than ", kMaxDevicesInTree, " devices"));
    }
  }
}

// Whether the topmost layer that has the path has a directory there.
absl::StatusOr<bool> IsDirectoryInLayer(const std::string& layer, const std::string& path) {
  ASSIGN_OR_RETURN(
      const sys::Fd root,
      ToStatusOr(sys::OpenAt(AT_FDCWD, layer.c_str(), O_PATH | O_DIRECTORY), "open ", layer));
  const sys::ErrnoOr<sys::Fd> found = sys::OpenInRoot(root.get(), path.c_str(), O_PATH);
  if (!found.ok() && found.error().code == ENOENT) {
    return false;
  }
  RETURN_IF_ERROR(ToStatus(found, "find ", path));
  ASSIGN_OR_RETURN(const struct stat status, ToStatusOr(sys::Stat(found->get()), "stat ", path));
  if (!S_ISDIR(status.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is no directory of the image"));
  }
  return true;
}

}  // namespace

absl::StatusOr<std::string> RealHostFiles::FindMountSource(absl::string_view path) {
  const std::string clean = CleanPath(path);
  sys::ErrnoOr<sys::Fd> found = OpenPath(clean);
  if (!found.ok() && found.error().code == ENOENT) {
    RETURN_IF_ERROR(AboutRequest(MakeAbsentSource(clean)));
    found = OpenPath(clean);
  }
  RETURN_IF_ERROR(AboutRequest(ToStatus(found, "open ", clean)));
  return PathOf(found->get());
}

absl::Status RealHostFiles::CheckExists(absl::string_view path) {
  const std::string clean = CleanPath(path);
  return AboutRequest(ToStatus(OpenPath(clean), "open ", clean));
}

absl::StatusOr<HostPropagation> RealHostFiles::FindPropagation(absl::string_view path) {
  const std::string text(path);
  const sys::ErrnoOr<sys::Fd> found = OpenPath(text);
  RETURN_IF_ERROR(AboutRequest(ToStatus(found, "open ", text)));
  ASSIGN_OR_RETURN(const int mount_id,
                   ReadMountId(absl::StrCat("/proc/self/fdinfo/", found->get())));
  ASSIGN_OR_RETURN(const std::string mountinfo, ReadMountinfo("self"));
  return ParsePropagation(mountinfo, mount_id);
}

absl::StatusOr<std::vector<HostDevice>> RealHostFiles::FindDevices(absl::string_view path) {
  const std::string clean = CleanPath(path);
  const sys::ErrnoOr<sys::Fd> found = OpenPath(clean);
  RETURN_IF_ERROR(AboutRequest(ToStatus(found, "open device ", clean)));
  ASSIGN_OR_RETURN(const struct stat status, ToStatusOr(sys::Stat(found->get()), "stat ", clean));
  std::vector<HostDevice> devices;
  if (S_ISDIR(status.st_mode)) {
    RETURN_IF_ERROR(AboutRequest(AppendDevices(found->get(), ".", clean, 0, devices)));
  } else if (std::optional<HostDevice> device = DeviceOf(status, clean)) {
    devices.push_back(*std::move(device));
  } else {
    return absl::InvalidArgumentError(absl::StrCat(clean, " is no device"));
  }
  return devices;
}

absl::Status RealHostFiles::CheckSelinuxLabel(absl::string_view label) {
  const std::string text(label);
  const absl::Status written = ToStatus(
      sys::WriteControlFile(AT_FDCWD, kSelinuxContexts, text.c_str(), text.size() + 1), "check");
  return written.ok() ? written
                      : absl::InvalidArgumentError(absl::StrCat("\"", absl::CHexEscape(text),
                                                                "\" is no context of the policy"));
}

absl::Status RealHostFiles::Relabel(const Call& call, absl::string_view path,
                                    const std::string& label) {
  return AboutRequest(runtime::Relabel(call, path, label, daemon_));
}

absl::Status RealHostFiles::LabelOwn(const Call& call, const std::string& path,
                                     const std::string& label) {
  return runtime::LabelOwn(call, path, label);
}

absl::Status RealHostFiles::CheckDirectory(const std::vector<std::string>& layers,
                                           absl::string_view path) {
  const std::string text(path);
  for (const std::string& layer : layers) {
    const absl::StatusOr<bool> found = IsDirectoryInLayer(layer, text);
    RETURN_IF_ERROR(AboutRequest(found.status()));
    if (*found) {
      return absl::OkStatus();
    }
  }
  return absl::NotFoundError(absl::StrCat(path, " is not in the image"));
}

absl::StatusOr<std::string> RealHostFiles::ReadFile(absl::string_view path, size_t max_bytes) {
  return ReadRegularFile(std::string(path), max_bytes, LastLink::kFollowed);
}

absl::StatusOr<HostPropagation> ParsePropagation(absl::string_view mountinfo, int mount_id) {
  for (absl::string_view line : absl::StrSplit(mountinfo, '\n')) {
    const std::optional<MountEntry> mount = ParseMountEntry(line);
    if (mount.has_value() && mount->id == mount_id) {
      return HostPropagation{.shared = mount->shared, .slave = mount->slave};
    }
  }
  return absl::NotFoundError(absl::StrCat("mount ", mount_id, " is not in the mount table"));
}

}  // namespace berth::runtime
