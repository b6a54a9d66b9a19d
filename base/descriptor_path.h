// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "base/sys/fd.h"

namespace berth {

// The path of an open file, symlinks resolved, as the kernel knows it now.
absl::StatusOr<std::string> PathOf(int fd);

// A path by which another process opens what this one holds open, for as long as it does; empty
// when it is not open.
std::string HeldPath(const sys::Fd& file);

}  // namespace berth
