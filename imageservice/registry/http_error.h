// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"

#include "imageservice/registry/http_client.h"

namespace berth::imageservice {

// What an answer that is no success means to whoever asked for an image: 401 Unauthenticated, 403
// PermissionDenied, 404 and 410 NotFound, "not now" Unavailable and transient with its Retry-After,
// any other 5xx Unavailable, the rest Unknown. The message is short: host, status and the server's
// own words, escaped.
absl::Status HttpError(const HttpResponse& response);

}  // namespace berth::imageservice
