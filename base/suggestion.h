// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace berth {

// The known word that `word` was most likely meant to be; empty when none is near. Pure.
std::string Nearest(absl::string_view word, const std::vector<std::string>& known);

// "; did you mean NEAREST?", or nothing when `nearest` is empty. Pure.
std::string DidYouMean(absl::string_view nearest);

}  // namespace berth
