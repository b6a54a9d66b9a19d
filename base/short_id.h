// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace berth {

// An id, or a digest without its "sha256:", cut to the 12 digits that people use.
inline std::string ShortId(absl::string_view id) {
  constexpr size_t kShortDigits = 12;
  return std::string(absl::StripPrefix(id, "sha256:").substr(0, kShortDigits));
}

}  // namespace berth
