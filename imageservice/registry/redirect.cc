// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/redirect.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/status.h"

namespace berth::imageservice {
namespace {

bool IsForEveryone(const HttpHeader& header) {
  return absl::EqualsIgnoreCase(header.name, "Accept") ||
         absl::EqualsIgnoreCase(header.name, "Range") ||
         absl::EqualsIgnoreCase(header.name, "If-None-Match") ||
         absl::EqualsIgnoreCase(header.name, "If-Modified-Since");
}

bool HasSecrets(const HttpRequest& request) {
  return !request.tls.client_certificates.empty() ||
         !std::all_of(request.headers.begin(), request.headers.end(), IsForEveryone);
}

}  // namespace

bool IsRedirect(const HttpResponse& response) {
  switch (response.status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return true;
    default:
      return false;
  }
}

absl::StatusOr<HttpRequest> FollowRedirect(HttpRequest request, const HttpResponse& response) {
  const absl::string_view location = FindHeader(response.headers, "Location").value_or("");
  absl::StatusOr<Url> target = request.url.Resolve(location);
  if (!target.ok()) {
    return Annotate(target.status(), absl::StrCat(request.url.authority(), ": redirect"));
  }
  const bool has_secrets = HasSecrets(request);
  if (request.url.is_https() && !target->is_https() && (has_secrets || request.https_only)) {
    return absl::PermissionDeniedError(
        absl::StrCat(request.url.authority(), " redirects to ", target->authority(),
                     " without TLS, which is not ",
                     has_secrets ? "followed with credentials" : "followed from there"));
  }
  if (!IsSameOrigin(request.url, *target)) {
    request.headers.erase(
        std::remove_if(request.headers.begin(), request.headers.end(),
                       [](const HttpHeader& header) { return !IsForEveryone(header); }),
        request.headers.end());
    request.tls.client_certificates.clear();
    if (IsLoopbackHost(request.url.host) && !IsLoopbackHost(target->host)) {
      request.tls.verify = true;  // loopback's certificates are not verified; others' are
    }
  }
  request.url = *std::move(target);
  return request;
}

absl::StatusOr<HttpResponse> SendFollowingRedirects(HttpClient& http, const Call& call,
                                                    HttpRequest request) {
  const absl::Time end = SteadyNow() + request.stall_timeout;
  for (int redirects = 0;; ++redirects) {
    ASSIGN_OR_RETURN(HttpResponse response, http.Send(call, request));
    if (!IsRedirect(response)) {
      return response;
    }
    if (redirects == kMaxRedirects) {
      return absl::UnavailableError(
          absl::StrCat(response.url.authority(), ": more than ", kMaxRedirects, " redirects"));
    }
    ASSIGN_OR_RETURN(request, FollowRedirect(std::move(request), response));
    request.stall_timeout = end - SteadyNow();
  }
}

}  // namespace berth::imageservice
