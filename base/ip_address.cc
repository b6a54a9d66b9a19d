// SPDX-License-Identifier: Apache-2.0
#include "base/ip_address.h"

#include <arpa/inet.h>

#include <cstdint>
#include <string>

namespace berth {
namespace {

constexpr uint8_t kLoopbackNetwork = 127;  // 127.0.0.0/8

bool Parse(int family, absl::string_view text, in6_addr& address) {
  return text.find('\0') == absl::string_view::npos &&
         inet_pton(family, std::string(text).c_str(), &address) == 1;
}

}  // namespace

bool IsIpAddress(absl::string_view text) {
  in6_addr unused = {};
  return Parse(AF_INET, text, unused) || Parse(AF_INET6, text, unused);
}

bool IsLoopbackAddress(absl::string_view text) {
  in6_addr address = {};
  if (Parse(AF_INET, text, address)) {
    return address.s6_addr[0] == kLoopbackNetwork;
  }
  if (!Parse(AF_INET6, text.substr(0, text.find('%')), address)) {
    return false;
  }
  return IN6_IS_ADDR_LOOPBACK(&address) ||
         (IN6_IS_ADDR_V4MAPPED(&address) && address.s6_addr[12] == kLoopbackNetwork);
}

}  // namespace berth
