// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "imageservice/build/instruction.h"

namespace berth::imageservice {

inline constexpr size_t kMaxStages = 1000;  // of one Dockerfile

// The stages and instructions of a Dockerfile, in the language as its reference has it today
// (frontend 1.x; custom frontends of `# syntax=` are not run). Pure. InvalidArgument with the line,
// in Docker's words, for what is no Dockerfile.
absl::StatusOr<Dockerfile> ParseDockerfile(absl::string_view text);

// One instruction of its own: a trigger of ONBUILD, or a change that `commit` makes.
absl::StatusOr<Instruction> ParseInstruction(absl::string_view text);

}  // namespace berth::imageservice
