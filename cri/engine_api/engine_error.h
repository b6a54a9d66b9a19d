// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"

#include "cri/engine_api/exchange.h"

// Failures as Docker's clients read them. Pure, but for what answers.
namespace berth::cri {

// 404 NotFound, 400 InvalidArgument, 409 AlreadyExists and FailedPrecondition, 501 Unimplemented,
// 503 of a daemon that is too busy, 500 for the rest: Docker tells a registry's refusals so, too.
int HttpCodeOf(const absl::Status& status);

// {"message": "…"}
std::string ErrorBody(const absl::Status& status);

// {"errorDetail": {"message": "…"}, "error": "…"}: the end of a stream that had begun.
std::string ErrorLine(const absl::Status& status);

// Answers with the body, whatever code the error has elsewhere.
void SendError(Exchange& exchange, int code, const absl::Status& status);

}  // namespace berth::cri
