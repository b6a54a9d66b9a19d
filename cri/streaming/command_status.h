// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace berth::cri {

// What the error channel of an exec or attach says at its end, of the exit code or of why there is
// none: from version 4 of the protocol on a Status object of Kubernetes as JSON, before a text that
// is empty for success. Pure.
std::string CommandStatus(const absl::StatusOr<int32_t>& exit_code, int version);

}  // namespace berth::cri
