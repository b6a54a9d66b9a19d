// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/requested_mounts.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/path.h"
#include "base/status.h"
#include "runtime/spec/mount_attributes.h"
#include "runtime/spec/user_namespace.h"

namespace berth::runtime {
namespace {

constexpr absl::string_view kProc = "/proc";

absl::Status Invalid(const v1::Mount& mount, absl::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat("mount ", absl::CHexEscape(mount.container_path()), ": ", problem));
}

// The kubelet looks for the prefix, and only at errors with the code Unknown.
absl::Status ImageVolumeError(const v1::Mount& mount, absl::string_view problem) {
  return absl::UnknownError(absl::StrCat("ImageVolumeMountFailed: mount ",
                                         absl::CHexEscape(mount.container_path()), ": ", problem));
}

absl::StatusOr<uint64_t> AttributesOf(const v1::Mount& mount) {
  uint64_t attributes = mount.readonly() ? kMountReadOnly : 0;
  for (const std::string& option : mount.mount_options()) {
    if (option == "noexec") {
      attributes |= kMountNoExec;
    } else if (option == "nosuid") {
      attributes |= kMountNoSuid;
    } else if (option == "nodev") {
      attributes |= kMountNoDev;
    } else {
      return Invalid(mount, absl::StrCat("unknown option \"", absl::CHexEscape(option), "\""));
    }
  }
  return attributes;
}

absl::Status CheckRecursiveReadOnly(const v1::Mount& mount, const HostFacts& facts) {
  if (!mount.recursive_read_only()) {
    return absl::OkStatus();
  }
  if (!mount.readonly()) {
    return Invalid(mount, "recursive_read_only needs readonly");
  }
  if (mount.propagation() != v1::PROPAGATION_PRIVATE) {
    return Invalid(mount, "recursive_read_only needs private propagation");
  }
  if (!facts.recursive_read_only) {
    return absl::UnknownError(absl::StrCat("RROUnsupported: mount ",
                                           absl::CHexEscape(mount.container_path()),
                                           ": this kernel has no recursive read-only mounts"));
  }
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> PropagationOf(const v1::Mount& mount, const std::string& source,
                                       HostFiles& host) {
  if (mount.propagation() == v1::PROPAGATION_PRIVATE) {
    return kPropagationPrivate;
  }
  ASSIGN_OR_RETURN(const HostPropagation found, host.FindPropagation(source));
  switch (mount.propagation()) {
    case v1::PROPAGATION_HOST_TO_CONTAINER:
      if (!found.shared && !found.slave) {
        return Invalid(mount, absl::StrCat(source, " is not on a shared or slave mount"));
      }
      return kPropagationSlave;
    case v1::PROPAGATION_BIDIRECTIONAL:
      if (!found.shared) {
        return Invalid(mount, absl::StrCat(source, " is not on a shared mount"));
      }
      return kPropagationShared;
    default:
      return Invalid(mount, "unknown propagation");
  }
}

absl::StatusOr<MountPlan> PlanImageVolume(const v1::Mount& mount, const MountInputs& inputs,
                                          MountPlan plan) {
  if (!mount.host_path().empty()) {
    return Invalid(mount, "an image volume has no host_path");
  }
  if (!mount.readonly()) {
    return Invalid(mount, "an image volume must be readonly");
  }
  const auto found = inputs.image_volumes.find(mount.container_path());
  if (found == inputs.image_volumes.end() || found->second.lower.empty()) {
    return ImageVolumeError(mount, absl::StrCat("no image ", mount.image().image()));
  }
  if (IsAbsolutePath(mount.image_sub_path()) || HasDotDot(mount.image_sub_path()) ||
      HasNul(mount.image_sub_path())) {
    return ImageVolumeError(mount, "image_sub_path must be relative and stay in the image");
  }
  const std::vector<std::string>& layers = found->second.lower;
  if (!mount.image_sub_path().empty()) {
    const absl::Status there = inputs.host.CheckDirectory(layers, mount.image_sub_path());
    if (!there.ok()) {
      return ImageVolumeError(mount, there.message());
    }
    plan.sub_path = CleanPath(mount.image_sub_path());
  }
  if (layers.size() == 1) {
    plan.source = layers.front();
  } else {
    plan.kind = MountKind::kOverlay;
    plan.lower = layers;
  }
  plan.mapped_ids = inputs.ids.count > 0;
  plan.attributes |= kMountNoSuid | kMountNoDev;  // executable: programs come from images
  return plan;
}

}  // namespace

absl::StatusOr<std::string> CleanDestination(absl::string_view container_path) {
  std::string destination = CleanPath(absl::StrCat("/", container_path));
  if (destination == "/" || HasNul(destination)) {
    return absl::InvalidArgumentError(absl::StrCat("mount ", absl::CHexEscape(container_path),
                                                   ": container_path is no place for a mount"));
  }
  return destination;
}

absl::Status CheckOutsideProc(const std::string& destination, absl::string_view source) {
  constexpr absl::string_view kReplaceable[] = {"/proc/cpuinfo", "/proc/diskstats", "/proc/loadavg",
                                                "/proc/meminfo", "/proc/slabinfo",  "/proc/stat",
                                                "/proc/swaps",   "/proc/uptime"};
  const bool is_proc = destination == kProc;
  if ((is_proc && source == kProc) || (!is_proc && !absl::StartsWith(destination, "/proc/")) ||
      absl::c_linear_search(kReplaceable, destination)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("mount ", absl::CHexEscape(destination), ": it cannot be mounted because it is ",
                   is_proc ? "not of the node's /proc" : "inside /proc"));
}

absl::StatusOr<MountPlan> PlanRequestedMount(const v1::Mount& mount, const MountInputs& inputs) {
  MountPlan plan;
  ASSIGN_OR_RETURN(plan.destination, CleanDestination(mount.container_path()));
  RETURN_IF_ERROR(CheckOutsideProc(plan.destination, mount.host_path()));
  ASSIGN_OR_RETURN(plan.attributes, AttributesOf(mount));
  ASSIGN_OR_RETURN(plan.mapped_ids, PlanMappedIds(mount, inputs.ids));
  RETURN_IF_ERROR(CheckRecursiveReadOnly(mount, inputs.facts));
  if (!mount.image().image().empty()) {
    return PlanImageVolume(mount, inputs, std::move(plan));
  }
  if (!IsAbsolutePath(mount.host_path()) || HasNul(mount.host_path())) {
    return Invalid(mount, "host_path must be absolute");
  }
  ASSIGN_OR_RETURN(plan.source, inputs.host.FindMountSource(mount.host_path()));
  ASSIGN_OR_RETURN(plan.propagation, PropagationOf(mount, plan.source, inputs.host));
  if (plan.propagation == kPropagationShared && inputs.ids.count > 0) {
    return Invalid(mount, "from a user namespace no mount propagates to the host");
  }
  if (mount.selinux_relabel() && !inputs.mount_label.empty()) {
    RETURN_IF_ERROR(inputs.host.Relabel(inputs.call, plan.source, inputs.mount_label));
  }
  plan.recursive = inputs.not_recursive.count(plan.destination) == 0;
  plan.recursive_attributes = mount.recursive_read_only();
  return plan;
}

}  // namespace berth::runtime
