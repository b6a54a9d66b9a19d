// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace berth::cli {

struct StreamUrl {
  std::string ip;
  uint16_t port = 0;
  std::string path;
};

// What a daemon answers to Exec or Attach: http://IP:PORT/PATH, an IPv6 address in brackets.
// InvalidArgument for anything else. Pure.
absl::StatusOr<StreamUrl> ParseStreamUrl(absl::string_view url);

}  // namespace berth::cli
