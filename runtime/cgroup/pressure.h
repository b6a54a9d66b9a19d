// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace berth::runtime {

// How long tasks waited for something, since the cgroup was made, and in percent of late.
struct PressureLine {
  uint64_t total_ns = 0;
  double avg10 = 0, avg60 = 0, avg300 = 0;
};

struct Pressure {
  PressureLine some;  // at least one task waited
  PressureLine full;  // all did
};

// The text of a pressure file (PSI); unset when it has no such line. Pure.
std::optional<Pressure> ParsePressure(absl::string_view text);

}  // namespace berth::runtime
