// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "absl/strings/string_view.h"

namespace berth {

// Whether there are only digits of which ids and digests are made, if any.
inline bool IsLowerHex(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace berth
