// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

// Addresses and networks of both versions of IP as numbers. Pure.
namespace berth::cri {

struct IpAddress {
  bool is_ipv4 = true;
  std::array<uint8_t, 16> bytes = {};  // of IPv4 the first four

  auto operator<=>(const IpAddress&) const = default;
  int bits() const { return is_ipv4 ? 32 : 128; }
  std::string str() const;

  // The address after it; wraps at the end.
  IpAddress Next() const;
};

// Nothing unless it is an address without brackets, zone or prefix.
std::optional<IpAddress> ParseIpAddress(absl::string_view text);

struct IpPrefix {
  IpAddress address;  // its bits beyond the length are 0
  int length = 0;

  auto operator<=>(const IpPrefix&) const = default;
  std::string str() const;

  bool Contains(const IpAddress& other) const;
  bool Contains(const IpPrefix& other) const;
  bool Overlaps(const IpPrefix& other) const;
  IpAddress First() const;  // that a host may have: the one after the network's own
  IpAddress Last() const;   // all bits beyond the length are 1
};

// "10.1.2.3/16" is 10.1.0.0/16.
std::optional<IpPrefix> ParseIpPrefix(absl::string_view text);

// Where networks are taken from that name no subnet of their own: prefixes of `length` of `base`.
struct AddressPool {
  IpPrefix base;
  int length = 0;

  bool operator==(const AddressPool&) const = default;
};

// "172.20.0.0/14:16"; without a length, the base is the one network of its pool.
std::optional<AddressPool> ParseAddressPool(absl::string_view text);

// The first network of the pools that overlaps none that is taken.
std::optional<IpPrefix> FirstFree(absl::Span<const AddressPool> pools,
                                  absl::Span<const IpPrefix> taken);

}  // namespace berth::cri
