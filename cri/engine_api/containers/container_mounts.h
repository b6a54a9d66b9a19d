// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"
#include "cri/engine_api/containers/container_spec.h"

// All mounts of a container: what it asks for, what its image says is a volume, and other
// containers'. On record in the form of HostConfig's Mounts, with a name for each volume. Pure.
namespace berth::cri {

struct VolumesFrom {
  std::string container;  // by any name
  bool read_only = false;
};

// "web", "web:ro".
absl::StatusOr<VolumesFrom> ParseVolumesFrom(absl::string_view text);

// What another container has inherited to: its binds, volumes and images. What is in a volume is
// not the image's business any more.
std::vector<MountSpec> InheritMounts(std::vector<MountSpec> mounts, bool read_only);

// The mounts of the spec, then its volumes where nothing else is mounted, in place of what is
// inherited to the same target; those above before those below.
std::vector<MountSpec> ResolveMounts(const ContainerSpec& spec, std::vector<MountSpec> inherited);

// On record, of an image with its id; none when it cannot be read, which nobody but us has written.
Json FormatMounts(const std::vector<MountSpec>& mounts);
std::vector<MountSpec> ReadMounts(const Json& record);
// The ids of the images among them, without reading the rest.
std::vector<std::string> MountedImageIds(const Json& record);

// A volume that was made because it had no name, and goes with its container where that is asked
// for.
bool IsAnonymous(const MountSpec& mount);

// Mounts as inspect tells them: all but those of `host_config`'s Tmpfs, which tells them itself.
// `place_of` is where a volume's files are; an image's source is its id.
Json MountPoints(const std::vector<MountSpec>& mounts, const Json& host_config,
                 const std::function<std::string(const std::string& volume)>& place_of);

}  // namespace berth::cri
