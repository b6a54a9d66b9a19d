// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// Whole files of the host, by paths that we or the node's configuration chose. For a path that an
// image or container chose, see base/sys/file.h.
namespace berth {

// The content of a file of any kind that can be read to an end. InvalidArgument when it is longer
// than `max_bytes`, NotFound when it is absent.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes);

// The same from an open descriptor, from its current position on.
absl::StatusOr<std::string> ReadDescriptor(int fd, size_t max_bytes);

enum class Sync {
  kNone,   // after power loss the file may be empty
  kPower,  // the bytes and the name survive power loss
};

// Makes or replaces the file, in a directory that exists. Whoever reads sees the old content or the
// new, also after a SIGKILL, which may leave a file `.<name>.<random>.tmp` beside it. The mode is
// not subject to the umask.
absl::Status WriteFileAtomically(const std::string& path, absl::string_view bytes, mode_t mode,
                                 Sync sync = Sync::kNone);

// Makes the directory and missing parents (0755 for these), less the umask. What is there already
// stays as it is.
absl::Status EnsureDirectories(const std::string& path, mode_t mode);

}  // namespace berth
