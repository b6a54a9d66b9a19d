// SPDX-License-Identifier: Apache-2.0
#include "base/time_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace berth {
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

bool ParseDate(const std::string& text, absl::Time& time) {
  for (const char* format :
       {"%Y-%m-%d%ET%H:%M:%E*S", "%Y-%m-%d%ET%H:%M", "%Y-%m-%d%ET%H", "%Y-%m-%d"}) {
    if (absl::ParseTime(absl::StrCat(format, "%Ez"), text, &time, nullptr) ||
        absl::ParseTime(format, text, absl::LocalTimeZone(), &time, nullptr)) {
      return true;
    }
  }
  return false;
}

std::string Count(int64_t number, absl::string_view unit) {
  return absl::StrCat(number, " ", unit);
}

}  // namespace

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E9SZ", time, absl::UTCTimeZone());
}

std::string TimeText(int64_t unix_nanos) {
  return unix_nanos == 0 ? "0001-01-01T00:00:00Z" : TimeText(absl::FromUnixNanos(unix_nanos));
}

std::string HumanDuration(absl::Duration duration) {
  const int64_t seconds = absl::ToInt64Seconds(duration);
  const int64_t minutes = absl::ToInt64Minutes(duration);
  const int64_t hours = static_cast<int64_t>(absl::ToDoubleHours(duration) + 0.5);
  constexpr int64_t kDay = 24, kWeek = 7 * kDay, kMonth = 30 * kDay, kYear = 365 * kDay;
  if (seconds < 1) {
    return "Less than a second";
  }
  if (seconds == 1) {
    return "1 second";
  }
  if (seconds < 60) {
    return Count(seconds, "seconds");
  }
  if (minutes == 1) {
    return "About a minute";
  }
  if (minutes < 60) {
    return Count(minutes, "minutes");
  }
  if (hours == 1) {
    return "About an hour";
  }
  if (hours < 2 * kDay) {
    return Count(hours, "hours");
  }
  if (hours < 2 * kWeek) {
    return Count(hours / kDay, "days");
  }
  if (hours < 2 * kMonth) {
    return Count(hours / kWeek, "weeks");
  }
  if (hours < 2 * kYear) {
    return Count(hours / kMonth, "months");
  }
  return Count(hours / kYear, "years");
}

absl::StatusOr<std::optional<absl::Time>> ParseMoment(const std::string& text, absl::Time now) {
  absl::Time time;
  absl::Duration ago;
  if (text.empty() || text == "0") {
    return std::nullopt;
  }
  if (ParseSeconds(text, time) || ParseDate(text, time)) {
    return time;
  }
  if (absl::ParseDuration(text, &ago)) {
    return now - ago;
  }
  return absl::InvalidArgumentError(absl::StrCat("invalid time \"", text, "\""));
}

}  // namespace berth
