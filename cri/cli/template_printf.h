// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "cri/cli/output.h"

namespace berth::cli {

// As Go's fmt.Sprintf: its verbs v, T, t, d, o, x, X, b, c, U, q, s, f, F, e, E, g, G, its flags
// `-+# 0`, a width and a precision; of lists and maps each member. What does not fit is said in the
// text, as Go says it: "%!d(string=x)". InvalidArgument for a width or precision over a limit, or
// that is a value of its own (`*`). Pure.
absl::StatusOr<std::string> FormatAsGo(absl::string_view format, const std::vector<Json>& values);

}  // namespace berth::cli
