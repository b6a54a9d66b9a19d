// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace berth::cri {

struct TerminalSize {
  uint16_t rows = 0;
  uint16_t columns = 0;
};

// Reads the resize channel: JSON objects {"Width":80,"Height":24}, one after the other, in pieces
// of any size. What is no such object, or is longer than any, is skipped.
class TerminalSizes {
 public:
  // The last size that is whole now; nothing when there was none.
  std::optional<TerminalSize> Receive(absl::string_view bytes);

 private:
  std::string pending_;
};

}  // namespace berth::cri
