// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>

#include "absl/status/status.h"

#include "base/call.h"
#include "imageservice/registry/retry_policy.h"

namespace berth::imageservice {

// Makes attempt(0), attempt(1), … attempt(count - 1) until one succeeds; then, after a delay, those
// again whose failure was transient, for as long as the schedule allows. The error is that of the
// last, which speaks with authority, with the others' words behind it. Cancelled or
// DeadlineExceeded when the caller has gone. FailedPrecondition when `count` is 0.
absl::Status TryInTurn(const Call& call, size_t count, RetrySchedule& schedule,
                       const std::function<absl::Status(size_t)>& attempt);

}  // namespace berth::imageservice
