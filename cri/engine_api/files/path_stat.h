// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

// Paths in containers as docker cp means and tells them. Pure.
namespace berth::cri {

inline constexpr char kPathStatHeader[] = "X-Docker-Container-Path-Stat";

// A path of a request: absolute and clean, but for what its end says of what it names.
struct CopyPath {
  std::string path;  // "/a/b"
  std::string name;  // of what is told and archived: "b", "." for "/a/b/.", "/" for the root
  bool is_directory = false;  // it ends with a slash, or with "/."
};
CopyPath ReadCopyPath(absl::string_view text);

// The value of the header: JSON in base64. `link_target` is of a symlink.
std::string PathStatValue(const std::string& name, const struct stat& info,
                          const std::string& link_target);

}  // namespace berth::cri
