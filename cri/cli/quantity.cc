// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/quantity.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/types/span.h"

namespace berth::cli {
namespace {

constexpr const char* kDecimalUnits[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
constexpr const char* kBinaryUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

std::string Scaled(uint64_t bytes, double base, absl::Span<const char* const> units, int digits) {
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  std::string text = absl::StrFormat("%.*g", digits, value);
  double rounded = value;
  while ((value >= base || (absl::SimpleAtod(text, &rounded) && rounded >= base)) &&
         unit + 1 < units.size()) {
    value /= base;
    ++unit;
    text = absl::StrFormat("%.*g", digits, value);
  }
  return absl::StrCat(text, units[unit]);
}

std::string Count(int64_t number, absl::string_view unit) {
  return absl::StrCat(number, " ", unit);
}

}  // namespace

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

std::string HumanSize(uint64_t bytes) {
  return Scaled(bytes, 1000, kDecimalUnits, 3);
}

std::string HumanBinarySize(uint64_t bytes) {
  return Scaled(bytes, 1024, kBinaryUnits, 4);
}

absl::StatusOr<int64_t> ParseCpuQuota(absl::string_view text) {
  constexpr double kLeast = 0.01, kMost = 100000;
  double cpus = 0;
  if (!absl::SimpleAtod(text, &cpus) || !std::isfinite(cpus)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is no number of CPUs; write it as 1.5"));
  }
  if (cpus < kLeast || cpus > kMost) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" CPUs is out of range; the least is ", kLeast));
  }
  return static_cast<int64_t>(std::llround(cpus * static_cast<double>(kCpuPeriod)));
}

std::string Rfc3339(int64_t unix_nanos) {
  if (unix_nanos <= 0) {
    return "";
  }
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E*SZ", absl::FromUnixNanos(unix_nanos),
                          absl::UTCTimeZone());
}

}  // namespace berth::cli
