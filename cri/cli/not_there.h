// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"

// What docker's command line has and `berth` has not, with the reason: a hint at something else
// would only mislead. Verbs are meant by their whole path, "berth volume create". Pure; empty where
// docker has nothing of that name either.
namespace berth::cli {

// Of a verb below `parent`.
std::string WhyNoVerb(absl::string_view parent, absl::string_view name);

// Of an option, "--squash", that `verb` does not know.
std::string WhyNoOption(absl::string_view verb, absl::string_view option);

}  // namespace berth::cli
