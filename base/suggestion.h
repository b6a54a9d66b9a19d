// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace berth {

// The known word that `word` was most likely meant to be; empty when none is near. Pure.
std::string Nearest(absl::string_view word, const std::vector<std::string>& known);

}  // namespace berth
