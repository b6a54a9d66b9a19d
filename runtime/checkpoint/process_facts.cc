// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/process_facts.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"

namespace berth::runtime {
namespace {

absl::StatusOr<std::string> ReadLink(const std::string& path) {
  std::string target(PATH_MAX, '\0');
  ASSIGN_OR_RETURN(const size_t size,
                   ToStatusOr(sys::ReadSymlinkAt(AT_FDCWD, path.c_str(), target), path));
  target.resize(size);
  return target;
}

absl::StatusOr<bool> IsOurs(int pid, absl::string_view name) {
  ASSIGN_OR_RETURN(const std::string theirs, ReadLink(absl::StrCat("/proc/", pid, "/ns/", name)));
  ASSIGN_OR_RETURN(const std::string ours, ReadLink(absl::StrCat("/proc/self/ns/", name)));
  return theirs == ours;
}

// A stream that is a file of the host's, as /dev/null is, has a mount of which the container's
// table knows nothing.
absl::StatusOr<std::string> StreamKey(int pid, size_t number,
                                      const std::vector<MountEntry>& table) {
  const std::string link = absl::StrCat("/proc/", pid, "/fd/", number);
  absl::StatusOr<std::string> target = ReadLink(link);
  if (absl::IsNotFound(target.status())) {
    return std::string();  // closed by the container
  }
  RETURN_IF_ERROR(target.status());
  if (absl::StartsWith(*target, "pipe:[")) {
    return target;
  }
  ASSIGN_OR_RETURN(const int mount_id,
                   ReadMountId(absl::StrCat("/proc/", pid, "/fdinfo/", number)));
  const bool inside = std::any_of(table.begin(), table.end(),
                                  [&](const MountEntry& mount) { return mount.id == mount_id; });
  if (inside) {
    return std::string();
  }
  ASSIGN_OR_RETURN(const struct stat info,
                   ToStatusOr(sys::StatAt(AT_FDCWD, link.c_str(), 0), link));
  return absl::StrCat("file[", absl::Hex(mount_id), ":", absl::Hex(info.st_ino), "]");
}

// Where the plan's binds and overlays are by now: destinations may lead over links.
absl::StatusOr<std::vector<VolumeMount>> FindVolumes(int pid, const LaunchPlan& plan) {
  const std::string root_path = absl::StrCat("/proc/", pid, "/root");
  ASSIGN_OR_RETURN(
      const sys::Fd root,
      ToStatusOr(sys::OpenAt(AT_FDCWD, root_path.c_str(), O_PATH | O_DIRECTORY), root_path));
  std::vector<VolumeMount> volumes;
  for (const MountPlan& mount : plan.mounts) {
    if (mount.kind == MountKind::kFilesystem) {
      continue;
    }
    const sys::ErrnoOr<sys::Fd> place =
        sys::OpenInRoot(root.get(), mount.destination.c_str(), O_PATH);
    if (!place.ok() && mount.optional) {
      continue;
    }
    RETURN_IF_ERROR(ToStatus(place, "find mount ", mount.destination));
    ASSIGN_OR_RETURN(const int id, ReadMountId(absl::StrCat("/proc/self/fdinfo/", place->get())));
    volumes.push_back({id, mount.destination});
  }
  return volumes;
}

bool IsHostDevice(const MountEntry& mount) {
  return mount.type == "devtmpfs" && mount.root == "/null";
}

bool IsBelow(const std::string& path, const std::string& parent) {
  return absl::StartsWith(path, parent + "/");
}

}  // namespace

absl::StatusOr<std::vector<ExternalMount>> FindExternalMounts(
    const std::vector<MountEntry>& table, const std::vector<VolumeMount>& volumes) {
  if (table.size() > kMaxExternalMounts) {  // also because what follows looks at each pair
    return absl::FailedPreconditionError("the container has too many mounts to be saved");
  }
  auto volume_of = [&volumes](const MountEntry& mount) {
    return std::find_if(volumes.begin(), volumes.end(),
                        [&mount](const VolumeMount& volume) { return volume.id == mount.id; });
  };
  std::vector<ExternalMount> external;
  std::set<std::string> origins;
  for (const MountEntry& mount : table) {
    if (IsHostDevice(mount)) {
      external.push_back({mount.mount_point, ""});
      continue;
    }
    for (const MountEntry& other : table) {
      // CRIU would find its place by a path through the volume, where anybody may put a link.
      if (volume_of(other) != volumes.end() && IsBelow(mount.mount_point, other.mount_point)) {
        return absl::FailedPreconditionError(
            absl::StrCat("a container with a mount below a volume cannot be saved (",
                         mount.mount_point, " below ", other.mount_point, ")"));
      }
    }
    const auto volume = volume_of(mount);
    if (volume == volumes.end()) {
      continue;
    }
    // CRIU takes the second for a copy of the first, and drops what makes it read-only.
    if (!origins.insert(absl::StrCat(mount.device, " ", mount.root)).second) {
      return absl::FailedPreconditionError(absl::StrCat(
          "CRIU cannot save a container that has one file system's directory mounted twice (",
          mount.mount_point, ")"));
    }
    external.push_back({mount.mount_point, volume->destination});
  }
  return external;
}

absl::StatusOr<std::string> ReadProcessFacts(int pid, const LaunchPlan& plan,
                                             SavedContainer& saved) {
  ASSIGN_OR_RETURN(const bool same_users, IsOurs(pid, "user"));
  if (!same_users) {
    return absl::FailedPreconditionError(
        "a pod with a user namespace cannot be checkpointed: CRIU cannot make mounts with mapped "
        "ids again");
  }
  ASSIGN_OR_RETURN(const bool same_network, IsOurs(pid, "net"));
  ASSIGN_OR_RETURN(const bool same_ipc, IsOurs(pid, "ipc"));
  ASSIGN_OR_RETURN(const bool same_uts, IsOurs(pid, "uts"));
  saved.own_network = !same_network;
  saved.own_ipc = !same_ipc;
  saved.own_uts = !same_uts;
  ASSIGN_OR_RETURN(const std::string text, ReadMountinfo(absl::StrCat(pid)));
  const std::vector<MountEntry> table = ParseMountTable(text);
  for (size_t i = 0; i < saved.streams.size(); ++i) {
    ASSIGN_OR_RETURN(saved.streams[i], StreamKey(pid, i, table));
  }
  ASSIGN_OR_RETURN(const std::vector<VolumeMount> volumes, FindVolumes(pid, plan));
  ASSIGN_OR_RETURN(saved.mounts, FindExternalMounts(table, volumes));
  if (same_network) {
    return std::string();
  }
  ASSIGN_OR_RETURN(
      const struct stat network,
      ToStatusOr(sys::StatAt(AT_FDCWD, absl::StrCat("/proc/", pid, "/ns/net").c_str(), 0),
                 "read network namespace"));
  return absl::StrCat(network.st_ino);
}

}  // namespace berth::runtime
