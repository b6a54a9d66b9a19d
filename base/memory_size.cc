// SPDX-License-Identifier: Apache-2.0
#include "base/memory_size.h"

#include <cmath>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace berth {
namespace {

// The power of 1024 of "k", "kb", "kib", and of nothing; -1 for an unknown unit.
int PowerOf(absl::string_view unit) {
  if (unit.empty() || unit == "b") {
    return 0;
  }
  const size_t power = absl::string_view("kmgtp").find(unit[0]);
  const absl::string_view rest = unit.substr(1);
  if (power == absl::string_view::npos || !(rest.empty() || rest == "b" || rest == "ib")) {
    return -1;
  }
  return static_cast<int>(power) + 1;
}

}  // namespace

absl::StatusOr<int64_t> ParseMemorySize(absl::string_view text) {
  const size_t end = text.find_first_not_of("0123456789.");
  const absl::string_view number = text.substr(0, end);
  const std::string unit =
      end == absl::string_view::npos ? "" : absl::AsciiStrToLower(text.substr(end));
  const int power = PowerOf(unit);
  double value = 0;
  if (power < 0 || !absl::SimpleAtod(number, &value)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is no size; write it as 512m, 1.5g or 64MiB"));
  }
  const double bytes = value * std::pow(1024, power);
  constexpr double kTooMuch = 9.2e18;
  if (bytes < 1 || bytes >= kTooMuch) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is out of range"));
  }
  return static_cast<int64_t>(bytes);
}

}  // namespace berth
