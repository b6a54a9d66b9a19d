// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/sys/fd.h"

namespace berth::runtime {

// FailedPrecondition where `directory`, which need not be there yet, lies in one that has a lock
// file: another daemon, which sweeps what it does not know in its own. `own` is the other directory
// of ours, in which it may lie.
absl::Status CheckLiesInNoOther(const std::string& directory, const std::string& own);

// Makes `directory` (with `mode` where it is not there) and holds the lock on its file berthd.lock
// as long as the descriptor is open; the kernel gives it up with the process. Unavailable when
// another daemon has it.
absl::StatusOr<sys::Fd> LockDirectory(const std::string& directory, mode_t mode);

}  // namespace berth::runtime
