// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace berth::cli {

enum class BuildProgress { kNone, kPlain, kScreen };

// How a build is shown by docker's words for --progress, empty for auto, and by --quiet.
// InvalidArgument for what is none of them or does not go together, FailedPrecondition for a screen
// where there is none. Pure.
absl::StatusOr<BuildProgress> ChooseBuildProgress(const std::string& asked, bool quiet,
                                                  bool has_screen);

}  // namespace berth::cli
