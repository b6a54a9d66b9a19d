// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>

#include "absl/status/statusor.h"

#include "base/sys/fd.h"

namespace berth::runtime {

// Makes `directory` (with `mode` where it is not there) and holds the lock on its file berthd.lock
// as long as the descriptor is open; the kernel gives it up with the process. Unavailable when
// another daemon has it.
absl::StatusOr<sys::Fd> LockDirectory(const std::string& directory, mode_t mode);

}  // namespace berth::runtime
