// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace berth::cli {

// The header of POST /build with what build's --secret (id=ID[,src=FILE|,env=VARIABLE]; the
// variable ID, else the file ID where it names neither) and --ssh (ID[=SOCKET]; the agent of the
// environment where it names none) hand over; empty when nothing does. InvalidArgument, NotFound.
absl::StatusOr<std::string> BuildSecretsHeader(const std::vector<std::string>& secrets,
                                               const std::vector<std::string>& agents);

}  // namespace berth::cli
