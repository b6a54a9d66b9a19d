// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace berth::cri {

// What a start has failed with, as Docker's client reads it: where the program was not there or not
// executable, InvalidArgument in its words, after those of `what`. Pure.
absl::Status StartRefusal(const absl::Status& status, absl::string_view what,
                          const std::string& program);

// The exit code of a container that could not be started: 127, 126 or 128. Pure.
int32_t CodeOfRefusal(const absl::Status& refusal);

}  // namespace berth::cri
