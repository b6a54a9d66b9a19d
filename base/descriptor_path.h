// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace berth {

// The path of an open file, symlinks resolved, as the kernel knows it now.
absl::StatusOr<std::string> PathOf(int fd);

}  // namespace berth
