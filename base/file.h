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

// The same of a file in whose place somebody may have put anything: InvalidArgument for all but a
// regular file, without waiting for who would write to a FIFO. `last` says what happens to a link
// in its place; links on the way to it are followed.
enum class LastLink { kFollowed, kRefused };
absl::StatusOr<std::string> ReadRegularFile(const std::string& path, size_t max_bytes,
                                            LastLink last);

// The same from an open descriptor, from its current position on.
absl::StatusOr<std::string> ReadDescriptor(int fd, size_t max_bytes);

// Makes the directory and missing parents (0755 for these), less the umask. What is there already
// stays as it is.
absl::Status EnsureDirectories(const std::string& path, mode_t mode);

}  // namespace berth
