// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

// Times and durations as clients of Docker's write and read them. Pure.
namespace berth {

// "2024-05-01T10:00:00.000000000Z", as Go has its times; those in year 1 for 0, which is never.
std::string TimeText(int64_t unix_nanos);
std::string TimeText(absl::Time time);

// "Less than a second", "1 second", "45 seconds", "About a minute", "5 minutes", "About an hour",
// "3 hours", "2 days", "3 weeks", "2 months", "2 years". A negative duration counts as none.
std::string HumanDuration(absl::Duration duration);

// A moment as it is asked for: seconds since 1970, perhaps with up to nine digits after
// the point; RFC 3339, also cut short to the hour or the day, and then or without a zone at this
// node's own; or a duration, which is that long before `now`. Nothing for an empty text and for
// "0". InvalidArgument for others.
absl::StatusOr<std::optional<absl::Time>> ParseMoment(const std::string& text, absl::Time now);

}  // namespace berth
