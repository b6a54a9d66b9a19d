// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "cri/cli/session.h"
#include "cri/cli/verb.h"

namespace berth::cli {

// What the command line asked for.
struct Chosen {
  Action run;
  int failure_code = kExitFailure;
};

// Declares all of `berth` in `program`; its options are for `session`, which must outlive it.
void DeclareProgram(Verb& program, Session& session);

// Reads the words after the program's name: fills what the options are bound to, and `chosen`. When
// what they ask for is a text (help, the version), returns it and leaves `chosen.run` empty.
// InvalidArgument when they are wrong, saying what is and what to do. Pure but for variables that
// options name.
absl::StatusOr<std::string> ParseCommandLine(const Verb& program, std::vector<std::string> words,
                                             Chosen& chosen);

}  // namespace berth::cli
