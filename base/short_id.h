// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace berth {

inline constexpr size_t kShortIdDigits = 12;  // that people use

// An id, or a digest without its "sha256:", cut to its first digits.
inline std::string ShortId(absl::string_view id) {
  return std::string(absl::StripPrefix(id, "sha256:").substr(0, kShortIdDigits));
}

}  // namespace berth
