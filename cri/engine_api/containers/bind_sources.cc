// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/bind_sources.h"

#include <fcntl.h>

#include "absl/strings/str_cat.h"

#include "base/file.h"
#include "base/status.h"
#include "base/sys/inode.h"

namespace berth::cri {
namespace {

constexpr mode_t kMadeDirectory = 0755;

bool IsMissing(const MountSpec& mount) {
  return mount.type == MountSpec::Type::kBind &&
         !sys::StatAt(AT_FDCWD, mount.source.c_str(), 0).ok();
}

absl::Status CheckMode(const MountSpec& mount) {
  if (mount.type == MountSpec::Type::kBind && mount.no_copy) {
    return absl::InvalidArgumentError(absl::StrCat(
        "invalid mount config for type \"bind\": ", mount.target, ": nocopy is for volumes"));
  }
  if (mount.type == MountSpec::Type::kVolume && !mount.propagation.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "invalid mount config for type \"volume\": ", mount.target, ": propagation is for binds"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckBindSources(const std::vector<MountSpec>& mounts) {
  for (const MountSpec& mount : mounts) {
    RETURN_IF_ERROR(CheckMode(mount));
    if (!mount.make_source && IsMissing(mount)) {
      return absl::InvalidArgumentError(
          absl::StrCat("invalid mount config for type \"bind\": bind source path does not exist: ",
                       mount.source));
    }
  }
  return absl::OkStatus();
}

absl::Status MakeBindSources(const std::vector<MountSpec>& mounts) {
  for (const MountSpec& mount : mounts) {
    if (mount.make_source && IsMissing(mount)) {
      RETURN_IF_ERROR(Annotate(EnsureDirectories(mount.source, kMadeDirectory),
                               absl::StrCat("make the mount source ", mount.source)));
    }
  }
  return absl::OkStatus();
}

}  // namespace berth::cri
