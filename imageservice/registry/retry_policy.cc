// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/retry_policy.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

#include "base/status.h"

namespace berth::imageservice {
namespace {

constexpr char kTransientUrl[] = "berth/transient";  // its payload: retry_after in milliseconds
constexpr char kUnreachableUrl[] = "berth/unreachable";

}  // namespace

absl::Status Transient(absl::Status status, absl::Duration retry_after) {
  status.SetPayload(kTransientUrl,
                    absl::Cord(absl::StrCat(absl::ToInt64Milliseconds(retry_after))));
  return status;
}

bool IsTransient(const absl::Status& status) {
  return status.GetPayload(kTransientUrl).has_value();
}

absl::Status Unreachable(absl::Status status) {
  status.SetPayload(kUnreachableUrl, absl::Cord());
  return Transient(std::move(status));
}

bool IsUnreachable(const absl::Status& status) {
  return status.GetPayload(kUnreachableUrl).has_value();
}

absl::Status Lasting(absl::Status status) {
  status.ErasePayload(kTransientUrl);
  status.ErasePayload(kUnreachableUrl);
  return status;
}

absl::Duration RetryAfter(const absl::Status& status) {
  absl::optional<absl::Cord> payload = status.GetPayload(kTransientUrl);
  int64_t milliseconds = 0;
  if (!payload.has_value() || !absl::SimpleAtoi(std::string(*payload), &milliseconds)) {
    return absl::ZeroDuration();
  }
  return absl::Milliseconds(milliseconds);
}

bool IsTransientHttpStatus(int status) {
  switch (status) {
    case 408:
    case 425:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return false;
  }
}

absl::Duration ParseRetryAfter(absl::string_view header, absl::Time now) {
  const std::string text(absl::StripAsciiWhitespace(header));
  if (uint32_t seconds = 0; absl::SimpleAtoi(text, &seconds)) {
    return absl::Seconds(seconds);
  }
  absl::Time date;
  std::string error;
  if (absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", text, &date, &error)) {
    return std::max(date - now, absl::ZeroDuration());
  }
  return absl::ZeroDuration();
}

std::optional<absl::Duration> RetrySchedule::Next(absl::Duration retry_after, double random) {
  if (++failures_ >= policy_.max_attempts) {
    return std::nullopt;
  }
  constexpr int kMaxDoublings = 20;
  const int doublings = std::min(failures_ - 1, kMaxDoublings);
  const absl::Duration longest =
      std::min(policy_.first_delay * (1 << doublings), policy_.max_delay);
  const absl::Duration asked = std::min(retry_after, policy_.max_retry_after);
  return std::max(longest * (0.5 + random / 2), asked * (1 + random / 10));
}

absl::Status Wait(const Call& call, absl::Duration delay) {
  absl::Mutex mutex;
  absl::MutexLock lock(&mutex);
  bool never = false;
  const absl::Status over = Await(mutex, absl::Condition(&never), call.Within(delay));
  RETURN_IF_ERROR(call.Check());
  return absl::IsDeadlineExceeded(over) ? absl::OkStatus() : over;
}

}  // namespace berth::imageservice
