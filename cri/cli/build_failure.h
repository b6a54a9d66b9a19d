// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cri/cli/build_steps.h"

// What led to the failure of a build, in BuildKit's form. Pure.
namespace berth::cli {

// "12.50 warning: unused": when it was said, with three digits of a second at first, then fewer.
std::string SaidAt(const BuildStep::OutputLine& line);

// What those steps have said last, in at most so many lines each, that failed, or were broken off
// where none is known to have failed; then what else the build has said: where in its file it was.
std::vector<std::string> BuildFailure(const BuildSteps& steps, size_t most = SIZE_MAX);

}  // namespace berth::cli
