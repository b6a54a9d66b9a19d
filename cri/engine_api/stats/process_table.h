// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"

// Processes as ps(1) tells of them. Pure.
namespace berth::cri {

inline constexpr size_t kMaxPsWords = 4096;  // bytes that a client says to ps

// The words of the query `ps_args`; "-ef" for none. InvalidArgument in Docker's words for a column
// that is called PID but is not, and for too many.
absl::StatusOr<std::vector<std::string>> PsArguments(const std::string& text);

// What ps said, of the processes `pids`: {"Titles": […], "Processes": [[…]]}. Internal when it has
// no column PID.
absl::StatusOr<Json> ProcessTable(absl::string_view said, const std::vector<int>& pids);

}  // namespace berth::cri
