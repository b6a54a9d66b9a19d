// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// Whole files of the host, by paths that we or the node's configuration chose. For a path that an image
// or container chose, see base/sys/file.h.
namespace berth {

// InvalidArgument when the file is larger than `max_bytes`.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes);

// The same from an open descriptor, from its current position on.
absl::StatusOr<std::string> ReadDescriptor(int fd, size_t max_bytes);

// Replaces the file by one with these bytes, by a temporary beside it and a rename: a reader, or a
// crash of this process, sees the old file or the new one. Not synced: a power loss may lose it.
absl::Status WriteFileAtomically(const std::string& path, absl::string_view bytes, mode_t mode);

// Makes the directory and missing parents (0755 for these).
absl::Status EnsureDirectories(const std::string& path, mode_t mode);

}  // namespace berth
