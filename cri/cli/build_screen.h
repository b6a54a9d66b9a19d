// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "cri/cli/build_steps.h"

// A build as BuildKit's clients show it on a terminal. Pure.
namespace berth::cli {

struct Screen {
  size_t rows = 24;
  size_t columns = 80;
  bool has_colours = false;
};

// While it goes on: what it has come to, a line a step, the last words of those that run. It leaves
// a row and a column free; what has ended longest ago has no place where there are too many.
std::vector<std::string> BuildScreen(const BuildSteps& steps, absl::Time begun, absl::Time now,
                                     const Screen& screen);

// At its end: all steps, and if it has failed what led to that (BuildFailure).
std::vector<std::string> BuildSummary(const BuildSteps& steps, absl::Time begun, absl::Time now,
                                      const Screen& screen);

}  // namespace berth::cli
