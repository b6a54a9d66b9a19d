// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "cri/cli/session.h"

namespace berth::cli {

// Reads the words after the program's name: fills `session` and `chosen`. When what they ask for is
// a text (help, the version), returns it and leaves `chosen.run` empty. InvalidArgument when they
// are wrong, saying what is and what to do. Pure but for BERTH_HOST.
absl::StatusOr<std::string> ParseCommandLine(std::vector<std::string> words, Session& session,
                                             Chosen& chosen);

}  // namespace berth::cli
