// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/terminal_size.h"

#include <limits>

#include "absl/strings/numbers.h"

namespace berth::cri {
namespace {

constexpr uint32_t kMaxSide = std::numeric_limits<uint16_t>::max();

}  // namespace

absl::StatusOr<TerminalSize> ReadTerminalSize(const EngineRequest& request) {
  uint32_t rows = 0;
  uint32_t columns = 0;
  if (!absl::SimpleAtoi(request.Query("h"), &rows) ||
      !absl::SimpleAtoi(request.Query("w"), &columns) || rows > kMaxSide || columns > kMaxSide) {
    return absl::InvalidArgumentError("h and w must be numbers");
  }
  return TerminalSize{static_cast<uint16_t>(rows), static_cast<uint16_t>(columns)};
}

absl::StatusOr<std::optional<TerminalSize>> ParseConsoleSize(const Json& sides) {
  const auto is_side = [](const Json& side) {
    return side.is_number_integer() && side >= 0 && side <= kMaxSide;
  };
  if (sides.empty()) {
    return std::nullopt;
  }
  if (sides.size() != 2 || !is_side(sides[0]) || !is_side(sides[1])) {
    return absl::InvalidArgumentError("invalid JSON: ConsoleSize must be two numbers");
  }
  return TerminalSize{sides[0].get<uint16_t>(), sides[1].get<uint16_t>()};
}

}  // namespace berth::cri
