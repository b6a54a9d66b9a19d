// SPDX-License-Identifier: Apache-2.0
#include "base/ip_address.h"

#include <arpa/inet.h>

#include <string>

namespace berth {

bool IsIpAddress(absl::string_view text) {
  if (text.find('\0') != absl::string_view::npos) {
    return false;
  }
  const std::string address(text);
  in6_addr unused = {};
  return inet_pton(AF_INET, address.c_str(), &unused) == 1 ||
         inet_pton(AF_INET6, address.c_str(), &unused) == 1;
}

}  // namespace berth
