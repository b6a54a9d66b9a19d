// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "base/mount_table.h"

namespace berth::runtime {

// Directories below one another; more than a layer may have, with what lies above it.
inline constexpr int kMaxRelabelDepth = 300;

// The daemon's own directories; empty: none.
struct DaemonPlaces {
  std::string root;  // of which what volumes hold may be relabelled
  std::string state;
};

// Whether a container's label on it would lock the node out of its own files, "/", /usr, /etc and
// the like themselves, and all of /proc, /sys, /dev, /boot and /usr, or the daemon and its
// containers out of theirs: what lies in its places, they, and what they lie in. Pure; `path` has
// no symlinks.
bool KeepsItsLabel(absl::string_view path, const DaemonPlaces& daemon);

// The paths at which what `path` is, seen through the mount with that id, is mounted, too: of a
// bind mount of /usr/share it is /usr/share. Pure.
std::vector<std::string> OtherPathsOf(const std::string& path, int mount_id,
                                      const std::vector<MountEntry>& table);

// HostFiles::Relabel. No symlink is followed, none on the way to it either.
absl::Status Relabel(const Call& call, absl::string_view path, const std::string& label,
                     const DaemonPlaces& daemon);

// HostFiles::LabelOwn.
absl::Status LabelOwn(const Call& call, const std::string& path, const std::string& label);

}  // namespace berth::runtime
