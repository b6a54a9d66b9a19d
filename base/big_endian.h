// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace berth {

// Integers as network protocols write them. What is read must be there.
inline uint32_t ReadUint32(absl::string_view bytes, size_t offset) {
  uint32_t value = 0;
  for (char c : bytes.substr(offset, sizeof(value))) {
    value = value << 8 | static_cast<uint8_t>(c);
  }
  return value;
}

inline void AppendUint32(uint32_t value, std::string& out) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift & 0xff));
  }
}

}  // namespace berth
