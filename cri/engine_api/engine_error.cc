// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/engine_error.h"

#include "base/json.h"
#include "base/status.h"

namespace berth::cri {
namespace {

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

}  // namespace

int HttpCodeOf(const absl::Status& status) {
  constexpr int kBadRequest = 400, kNotFound = 404, kConflict = 409, kServerError = 500,
                kNotImplemented = 501, kBusy = 503;
  if (IsFromKernel(status)) {  // a file of ours that is not there is no object that is not there
    return kServerError;
  }
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return kBadRequest;
    case absl::StatusCode::kNotFound:
      return kNotFound;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
      return kConflict;
    case absl::StatusCode::kUnimplemented:
      return kNotImplemented;
    case absl::StatusCode::kResourceExhausted:
      return kBusy;
    default:
      return kServerError;
  }
}

std::string ErrorBody(const absl::Status& status) {
  return FormatJson({{"message", MessageOf(status)}});
}

std::string ErrorLine(const absl::Status& status) {
  return FormatJson(
      {{"errorDetail", {{"message", MessageOf(status)}}}, {"error", MessageOf(status)}});
}

void SendError(Exchange& exchange, int code, const absl::Status& status) {
  exchange.Send(code, {{"Content-Type", "application/json"}}, ErrorBody(status) + "\n");
}

}  // namespace berth::cri
