// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace berth::runtime {

inline constexpr int kMaxRelabelDepth = 256;  // directories below one another

// Whether a container's label on it would lock the node out of its own files: "/", /usr, /etc and
// the like themselves, and all of /proc, /sys, /dev, /boot and /usr. Pure; `path` has no symlinks.
bool IsOfTheHost(absl::string_view path);

// HostFiles::Relabel. No symlink is followed.
absl::Status Relabel(absl::string_view path, const std::string& label);

// Of a directory of ours, made where it is not there: gives it and all below it that label, but
// does nothing where it has it already, for it is labelled last, and what is made in it inherits
// that.
absl::Status RelabelOnce(const std::string& directory, const std::string& label);

}  // namespace berth::runtime
