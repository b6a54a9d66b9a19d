// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/http_error.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"

#include "base/json.h"
#include "imageservice/registry/retry_policy.h"

namespace berth::imageservice {
namespace {

constexpr size_t kMaxWords = 200;

absl::StatusCode CodeOf(int status) {
  switch (status) {
    case 401:
      return absl::StatusCode::kUnauthenticated;
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
    case 410:
      return absl::StatusCode::kNotFound;
    default:
      return status >= 500 || IsTransientHttpStatus(status) ? absl::StatusCode::kUnavailable
                                                            : absl::StatusCode::kUnknown;
  }
}

// What the server says, where it says it in one of the usual ways.
std::string Words(const HttpResponse& response) {
  absl::StatusOr<Json> json = ParseJson(response.body, kMaxErrorBody);
  if (!json.ok()) {
    return "";
  }
  const Json& errors = JsonArray(*json, "errors");
  const Json& error = errors.empty() ? *json : errors[0];
  for (absl::string_view key : {"message", "details", "error_description", "error", "code"}) {
    if (auto words = JsonString(error, key); words.has_value() && !words->empty()) {
      return absl::StrCat(": ", absl::CHexEscape(words->substr(0, kMaxWords)));
    }
  }
  return "";
}

}  // namespace

absl::Status HttpError(const HttpResponse& response) {
  absl::Status error(CodeOf(response.status), absl::StrCat(response.url.authority(), ": HTTP ",
                                                           response.status, Words(response)));
  if (!IsTransientHttpStatus(response.status)) {
    return error;
  }
  const absl::string_view header = FindHeader(response.headers, "Retry-After").value_or("");
  return Transient(std::move(error), ParseRetryAfter(header, absl::Now()));
}

}  // namespace berth::imageservice
