// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

// Numbers as people write and read them, in docker's words. Pure.
namespace berth::cli {

// So many digits with decimal (kB, MB), or four with binary (KiB, MiB) units: "4.26MB", "1.5GiB".
inline constexpr int kExactDigits = 4;  // where docker counts more exactly than in lists
std::string HumanSize(uint64_t bytes, int digits = 3);
std::string HumanBinarySize(uint64_t bytes);

// "1.5" as a CFS quota in microseconds of each period of kCpuPeriod. InvalidArgument when it is no
// number or below a hundredth.
inline constexpr int64_t kCpuPeriod = 100000;
absl::StatusOr<int64_t> ParseCpuQuota(absl::string_view text);

// "2024-05-01 10:00:00 +0000 UTC", as docker's lists show when something was made.
std::string CreationText(absl::Time time, absl::TimeZone zone);

// "2024-05-01T10:00:00.123456789Z"; empty for zero, which CRI uses for "never".
std::string Rfc3339(int64_t unix_nanos);

}  // namespace berth::cli
