// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/strings/str_split.h"

#include "cri/engine_api/networks/dns_message.h"

namespace berth::cri {

// A question as a client sends it, which wants recursion.
inline std::string Question(const std::string& name, DnsType type, uint16_t id = 1) {
  std::string message = {
      static_cast<char>(id >> 8), static_cast<char>(id & 0xff), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
  for (const absl::string_view label : absl::StrSplit(name, '.', absl::SkipEmpty())) {
    message.push_back(static_cast<char>(label.size()));
    message += std::string(label);
  }
  message += std::string("\0\0", 2);
  message.push_back(static_cast<char>(type));
  return message + std::string("\0\1", 2);
}

inline DnsCode CodeOf(const std::string& message) {
  return static_cast<DnsCode>(message.size() < kDnsHeader ? 0xff : message[3] & 0x0f);
}

// Of an answer as we write it: each record begins with a pointer.
inline std::vector<std::string> AddressesIn(const std::string& message) {
  std::vector<std::string> addresses;
  size_t at = message.find("\xc0\x0c");
  while (at != std::string::npos && at + 12 <= message.size()) {
    const auto size = static_cast<size_t>(message[at + 11]);
    IpAddress address;
    address.is_ipv4 = size == 4;
    for (size_t i = 0; i < size && i < address.bytes.size(); ++i) {
      address.bytes[i] = static_cast<uint8_t>(message[at + 12 + i]);
    }
    addresses.push_back(address.str());
    at = message.find("\xc0\x0c", at + 12 + size);
  }
  return addresses;
}

}  // namespace berth::cri
