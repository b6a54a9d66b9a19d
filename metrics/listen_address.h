// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace berth::metrics {

struct ListenAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;
};

// Reads ip:port, [ipv6]:port or localhost:port (127.0.0.1). No name is looked up. InvalidArgument
// otherwise. Pure.
absl::StatusOr<ListenAddress> ParseListenAddress(absl::string_view text);

// ip:port or [ipv6]:port.
std::string FormatListenAddress(const ListenAddress& address);

}  // namespace berth::metrics
