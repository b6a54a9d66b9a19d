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

}  // namespace

std::string HumanSize(uint64_t bytes, int digits) {
  return Scaled(bytes, 1000, kDecimalUnits, digits);
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

std::string CreationText(absl::Time time, absl::TimeZone zone) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%E*S %z %Z", time, zone);
}

std::string Rfc3339(int64_t unix_nanos) {
  if (unix_nanos <= 0) {
    return "";
  }
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E*SZ", absl::FromUnixNanos(unix_nanos),
                          absl::UTCTimeZone());
}

}  // namespace berth::cli
