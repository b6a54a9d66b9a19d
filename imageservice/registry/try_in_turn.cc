// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/try_in_turn.h"

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace berth::imageservice {
namespace {

double Random() {
  thread_local std::minstd_rand generator(std::random_device{}());
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

// A failed attempt is IsTransient, or final.
absl::Status Combine(const std::vector<absl::Status>& errors) {
  const absl::Status& last = errors.back();
  if (errors.size() == 1) {
    return last;
  }
  std::string message(last.message());
  absl::StrAppend(&message, " (before:");
  for (size_t i = 0; i + 1 < errors.size(); ++i) {
    absl::StrAppend(&message, i == 0 ? " " : "; ", errors[i].message());
  }
  return absl::Status(last.code(), absl::StrCat(message, ")"));
}

}  // namespace

absl::Status TryInTurn(const Call& call, size_t count, RetrySchedule& schedule,
                       const std::function<absl::Status(size_t)>& attempt) {
  if (count == 0) {
    return absl::FailedPreconditionError("no server is configured that may be asked");
  }
  std::vector<absl::Status> errors(count, Transient(absl::UnavailableError("not asked")));
  while (true) {
    bool is_worth_another = false;
    absl::Duration retry_after = absl::ZeroDuration();
    for (size_t i = 0; i < count; ++i) {
      if (!IsTransient(errors[i])) {
        continue;
      }
      RETURN_IF_ERROR(call.Check());
      errors[i] = attempt(i);
      if (errors[i].ok()) {
        return absl::OkStatus();
      }
      is_worth_another = is_worth_another || IsTransient(errors[i]);
      retry_after = std::max(retry_after, RetryAfter(errors[i]));
    }
    RETURN_IF_ERROR(call.Check());
    std::optional<absl::Duration> delay;
    if (is_worth_another) {
      delay = schedule.Next(retry_after, Random());
    }
    if (!delay.has_value()) {
      return Combine(errors);
    }
    RETURN_IF_ERROR(Wait(call, *delay));
  }
}

}  // namespace berth::imageservice
