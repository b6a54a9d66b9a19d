// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"

#include "base/call.h"
#include "imageservice/registry/http_client.h"

// Where an answer sends us, and what we take along.
namespace berth::imageservice {

inline constexpr int kMaxRedirects = 10;

bool IsRedirect(const HttpResponse& response);

// The request that follows a redirect of `request`. To another origin go only what is asked for
// (Accept, Range, If-None-Match, If-Modified-Since) and whom to trust: no authorization, no
// configured header, no client certificate.
// PermissionDenied when a request that carries any of these would go on without TLS;
// InvalidArgument when the address is none. One that is https_only never goes on without TLS either
// (PermissionDenied).
absl::StatusOr<HttpRequest> FollowRedirect(HttpRequest request, const HttpResponse& response);

// HttpClient::Send, and again for at most kMaxRedirects redirects. Unavailable after more. The
// stall timeout is for all of them together.
absl::StatusOr<HttpResponse> SendFollowingRedirects(HttpClient& http, const Call& call,
                                                    HttpRequest request);

}  // namespace berth::imageservice
