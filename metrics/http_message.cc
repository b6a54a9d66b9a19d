// SPDX-License-Identifier: Apache-2.0
#include "metrics/http_message.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace berth::metrics {
namespace {

absl::string_view ReasonOf(int code) {
  switch (code) {
    case 200:
      return "OK";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return "Bad Request";
  }
}

size_t HeadEnd(absl::string_view received) {
  size_t end = received.find("\r\n\r\n");
  return end == absl::string_view::npos ? received.find("\n\n") : end;
}

}  // namespace

absl::StatusOr<std::optional<RequestHead>> ParseRequestHead(absl::string_view received) {
  size_t end = HeadEnd(received);
  if (end == absl::string_view::npos ? received.size() >= kMaxRequestHead : end > kMaxRequestHead) {
    return absl::ResourceExhaustedError("the request's head is too large");
  }
  if (end == absl::string_view::npos) {
    return std::optional<RequestHead>();
  }
  absl::string_view line = received.substr(0, received.find('\n'));
  if (absl::EndsWith(line, "\r")) {
    line.remove_suffix(1);
  }
  std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
  if (words.size() != 3 || words[0].empty() || !absl::StartsWith(words[1], "/") ||
      !absl::StartsWith(words[2], "HTTP/1.")) {
    return absl::InvalidArgumentError("not an HTTP/1 request");
  }
  RequestHead head;
  head.method = absl::StrCat(words[0]);
  head.path = absl::StrCat(words[1].substr(0, words[1].find('?')));
  return std::optional<RequestHead>(std::move(head));
}

std::string FormatResponse(int code, absl::string_view content_type, absl::string_view body,
                           bool head_only) {
  return absl::StrCat("HTTP/1.1 ", code, " ", ReasonOf(code), "\r\nContent-Type: ", content_type,
                      "\r\nContent-Length: ", body.size(),
                      code == 405 ? "\r\nAllow: GET, HEAD" : "", "\r\nConnection: close\r\n\r\n",
                      head_only ? "" : body);
}

}  // namespace berth::metrics
