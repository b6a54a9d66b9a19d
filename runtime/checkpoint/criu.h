// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "base/call.h"

namespace berth::runtime {

// Runs CRIU for a container to its end; `arguments` begin with its path, `log` is the path of the
// log it is told to write. Unimplemented when there is no such program, or when it cannot work on
// this kernel; Internal when it fails, with what it says of the reason. A call that ends before
// kills it: CRIU has frozen the container's processes by then, and they go on.
absl::Status RunCriu(const Call& call, const std::string& container_id,
                     const std::vector<std::string>& arguments, const std::string& log);

// Ends those that a daemon which was killed itself has left running for such a container (see
// EndLeftoverPrograms): at its end CRIU freezes again what it has found frozen.
void EndLeftoverCriu(absl::FunctionRef<bool(absl::string_view container_id)> is_ours);

// A log that CRIU has written; empty where it has written none.
std::string ReadCriuLog(const std::string& path);

}  // namespace berth::runtime
