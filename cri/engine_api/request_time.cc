// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/request_time.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace berth::cri {
namespace {

constexpr size_t kNanosecondDigits = 9;

// Exact: a double is not.
bool ParseSeconds(const std::string& text, absl::Time& time) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('.', 1));
  std::string fraction = parts.second;
  int64_t seconds = 0;
  int64_t nanoseconds = 0;
  if (!absl::SimpleAtoi(parts.first, &seconds) || fraction.size() > kNanosecondDigits ||
      !std::all_of(fraction.begin(), fraction.end(), absl::ascii_isdigit)) {
    return false;
  }
  fraction.resize(kNanosecondDigits, '0');
  if (!absl::SimpleAtoi(fraction, &nanoseconds)) {
    return false;
  }
  time = absl::FromUnixSeconds(seconds) + absl::Nanoseconds(nanoseconds);
  return true;
}

}  // namespace

absl::StatusOr<std::optional<absl::Time>> ParseRequestTime(const std::string& text,
                                                           absl::Time now) {
  absl::Time time;
  absl::Duration ago;
  if (text.empty() || text == "0") {
    return std::nullopt;
  }
  if (ParseSeconds(text, time) || absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) {
    return time;
  }
  if (absl::ParseDuration(text, &ago)) {
    return now - ago;
  }
  return absl::InvalidArgumentError(absl::StrCat("invalid time \"", text, "\""));
}

}  // namespace berth::cri
