// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/metadata_values.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/status.h"

namespace berth::imageservice {
namespace {

bool ReadPort(absl::string_view text, uint32_t& port) {
  return absl::SimpleAtoi(text, &port) && port <= 65535;
}

bool ReadRange(absl::string_view text, uint32_t& first, uint32_t& last) {
  const std::pair<absl::string_view, absl::string_view> range =
      absl::StrSplit(text, absl::MaxSplits('-', 1));
  return ReadPort(range.first, first) &&
         ReadPort(absl::StrContains(text, "-") ? range.second : range.first, last) &&
         last >= first && last - first < kMaxExposedPorts;
}

// Takes what is before the container's own ports.
absl::Status TakeHostPart(absl::string_view& text) {
  const size_t end = text.rfind(':');
  if (end == absl::string_view::npos) {
    return absl::OkStatus();
  }
  const absl::string_view host = text.substr(0, end);
  const size_t begin = host.rfind(':');
  const absl::string_view ports = begin == absl::string_view::npos ? host : host.substr(begin + 1);
  uint32_t first = 0;
  uint32_t last = 0;
  text.remove_prefix(end + 1);
  return ports.empty() || ReadRange(ports, first, last)
             ? absl::OkStatus()
             : absl::InvalidArgumentError(absl::StrCat("invalid hostPort: ", ports));
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ExpandPorts(absl::string_view text) {
  RETURN_IF_ERROR(TakeHostPart(text));
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('/', 1));
  const std::string protocol = parts.second.empty() ? "tcp" : absl::AsciiStrToLower(parts.second);
  if (protocol != "tcp" && protocol != "udp" && protocol != "sctp") {
    return absl::InvalidArgumentError(absl::StrCat("invalid proto: ", parts.second));
  }
  uint32_t first = 0;
  uint32_t last = 0;
  if (!ReadRange(parts.first, first, last)) {
    return absl::InvalidArgumentError(absl::StrCat("invalid containerPort: ", parts.first));
  }
  std::vector<std::string> ports;
  for (uint32_t port = first; port <= last; ++port) {
    ports.push_back(absl::StrCat(port, "/", protocol));
  }
  return ports;
}

}  // namespace berth::imageservice
