// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"

// Where the daemon's clients find its sockets.
namespace berth::cri {

// Makes the directory of a socket to be bound. Unavailable when somebody listens at `path`,
// InvalidArgument when it is too long.
absl::Status PrepareSocketPath(const std::string& path);

// Lets root and, where there is such a group, the group connect (mode 0660).
absl::Status ShareSocket(const std::string& path, const std::string& group);

}  // namespace berth::cri
