// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/pressure.h"

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

#include "runtime/cgroup/control_file.h"

namespace berth::runtime {
namespace {

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=0"
bool ParseLine(const std::vector<absl::string_view>& words, PressureLine& line) {
  uint64_t total = 0;
  bool whole = true;
  for (size_t i = 1; i < words.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> field =
        absl::StrSplit(words[i], absl::MaxSplits('=', 1));
    if (field.first == "avg10") {
      whole = absl::SimpleAtod(field.second, &line.avg10) && whole;
    } else if (field.first == "avg60") {
      whole = absl::SimpleAtod(field.second, &line.avg60) && whole;
    } else if (field.first == "avg300") {
      whole = absl::SimpleAtod(field.second, &line.avg300) && whole;
    } else if (field.first == "total") {
      whole = absl::SimpleAtoi(field.second, &total) && whole;
    }
  }
  line.total_ns = total * kNanosecondsPerMicrosecond;
  return whole;
}

}  // namespace

std::optional<Pressure> ParsePressure(absl::string_view text) {
  Pressure pressure;
  bool found = false;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.empty()) {
      continue;
    }
    if (words[0] == "some") {
      found = ParseLine(words, pressure.some) || found;
    } else if (words[0] == "full") {
      found = ParseLine(words, pressure.full) || found;
    }
  }
  return found ? std::optional(pressure) : std::nullopt;
}

}  // namespace berth::runtime
