// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// The kernel's table of a mount namespace, /proc/<pid>/mountinfo.
namespace berth {

struct MountEntry {
  int id = 0;
  std::string device;  // "major:minor" of its files
  std::string root;    // what of the filesystem is mounted
  std::string mount_point;
  std::vector<std::string> options;  // of the mount
  bool shared = false;               // in a peer group
  bool slave = false;
  std::string type;
  std::vector<std::string> super_options;  // of the filesystem
};

inline constexpr size_t kMaxMountinfo = 64 << 20;  // bytes

// The text of a process's table: of "self", or of a pid. As ReadFile.
absl::StatusOr<std::string> ReadMountinfo(absl::string_view process);

// Pure: one line; nothing when it is none.
std::optional<MountEntry> ParseMountEntry(absl::string_view line);
// Pure: all lines that are some.
std::vector<MountEntry> ParseMountTable(absl::string_view text);

// The id of the mount through which the file was opened, by a line "mnt_id:" of its fdinfo: of a
// descriptor of ours "/proc/self/fdinfo/<n>".
absl::StatusOr<int> ReadMountId(const std::string& fdinfo);

}  // namespace berth
