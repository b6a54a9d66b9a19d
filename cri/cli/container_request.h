// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "base/json.h"
#include "cri/cli/run_options.h"

// From the options of `berth run` and `berth create` to what is asked of the Engine API. Pure.
namespace berth::cli {

// The first of the options that CRI has nothing for: `run` asks the Engine API then. Empty when
// there is none.
std::string NeedsEngine(const RunOptions& options);

// The body of POST /containers/create. InvalidArgument naming the option and what it should look
// like.
absl::StatusOr<berth::Json> ContainerRequestOf(const RunOptions& options,
                                               const RunSurroundings& surroundings);

// The body of POST /containers/{id}/update, of the limits and --restart; empty when none is said.
absl::StatusOr<berth::Json> UpdateRequestOf(const RunOptions& options);

}  // namespace berth::cli
