// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace berth::cri {

// A moment as Docker's clients write it: seconds since 1970, perhaps with up to nine digits after
// the point, RFC 3339, or a duration, which is that long before `now`. Nothing for an empty text
// and for "0". InvalidArgument for others. Pure.
absl::StatusOr<std::optional<absl::Time>> ParseRequestTime(const std::string& text, absl::Time now);

}  // namespace berth::cri
