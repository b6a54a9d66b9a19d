// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"

// What the readers of a build's texts know of characters. Pure.
namespace berth::imageservice {

// May stand before a text that is UTF-8, and is no part of it.
inline constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

inline bool IsSpace(char c) {
  return absl::ascii_isspace(static_cast<unsigned char>(c));
}
inline bool IsDigit(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c));
}

}  // namespace berth::imageservice
