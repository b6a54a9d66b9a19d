// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/stream_url.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/ip_address.h"

namespace berth::cli {

absl::StatusOr<StreamUrl> ParseStreamUrl(absl::string_view url) {
  const absl::Status wrong = absl::InvalidArgumentError(
      absl::StrCat("the daemon's stream has the URL ", url, "; http://IP:PORT/PATH was expected"));
  absl::string_view rest = url;
  if (!absl::ConsumePrefix(&rest, "http://")) {
    return wrong;
  }
  const size_t path = rest.find('/');
  if (path == absl::string_view::npos) {
    return wrong;
  }
  StreamUrl parsed;
  parsed.path = std::string(rest.substr(path));
  absl::string_view address = rest.substr(0, path);
  const size_t colon = address.rfind(':');
  uint32_t port = 0;
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) ||
      port == 0 || port > UINT16_MAX) {
    return wrong;
  }
  parsed.port = static_cast<uint16_t>(port);
  address = address.substr(0, colon);
  const bool is_v6 = absl::ConsumePrefix(&address, "[") && absl::ConsumeSuffix(&address, "]");
  parsed.ip = std::string(address);
  if (!IsIpAddress(address) || is_v6 != absl::StrContains(address, ':')) {
    return wrong;
  }
  return parsed;
}

}  // namespace berth::cli
