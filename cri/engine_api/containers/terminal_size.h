// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"

#include "base/json.h"
#include "cri/engine_api/engine_request.h"

// The size of a client's terminal, as requests have it. Pure.
namespace berth::cri {

struct TerminalSize {
  uint16_t rows = 0, columns = 0;

  auto operator<=>(const TerminalSize&) const = default;
};

// The numbers "h" and "w" of the query; InvalidArgument without them.
absl::StatusOr<TerminalSize> ReadTerminalSize(const EngineRequest& request);

// ConsoleSize: rows and columns, or an empty list.
absl::StatusOr<std::optional<TerminalSize>> ParseConsoleSize(const Json& sides);

}  // namespace berth::cri
