// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// The little of HTTP/1 that serving one page takes. Pure.
namespace berth::metrics {

inline constexpr size_t kMaxRequestHead = 16 << 10;

struct RequestHead {
  std::string method;
  std::string path;  // without the query
};

// The request line of what has been received so far; nullopt while the head is not complete.
// InvalidArgument when it is not HTTP/1, ResourceExhausted when it is over kMaxRequestHead.
absl::StatusOr<std::optional<RequestHead>> ParseRequestHead(absl::string_view received);

// The whole response; it announces that the connection closes. A HEAD request gets no body.
std::string FormatResponse(int code, absl::string_view content_type, absl::string_view body,
                           bool head_only);

}  // namespace berth::metrics
