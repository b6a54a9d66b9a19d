// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/http_error.h"

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"

#include "base/json.h"
#include "imageservice/registry/retry_policy.h"

namespace berth::imageservice {
namespace {

constexpr size_t kMaxWords = 200;
constexpr int kUnauthorized = 401;
constexpr char kLoginWanted[] =
    ": unauthorized: it wants a login, or does not accept the user name and password";

absl::StatusCode CodeOf(int status) {
  switch (status) {
    case kUnauthorized:
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

// What the server says, where it says it in one of the usual ways; what it means by 401 else.
std::string Words(const HttpResponse& response) {
  absl::StatusOr<Json> json = ParseJson(response.body, kMaxErrorBody);
  const Json document = json.ok() ? *std::move(json) : Json();
  const Json& errors = JsonArray(document, "errors");
  const Json& error = errors.empty() ? document : errors[0];
  for (absl::string_view key : {"message", "details", "error_description", "error", "code"}) {
    if (auto words = JsonString(error, key); words.has_value() && !words->empty()) {
      return absl::StrCat(": ", absl::CHexEscape(words->substr(0, kMaxWords)));
    }
  }
  return response.status == kUnauthorized ? kLoginWanted : "";
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
