// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/ip_prefix.h"

#include <arpa/inet.h>

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/path.h"

namespace berth::cri {
namespace {

constexpr int kMostNetworks = 1 << 16;  // of a pool that are tried

// The address with the bits from `length` on set to `ones`.
IpAddress Fill(IpAddress address, int length, bool ones) {
  for (int bit = length; bit < address.bits(); ++bit) {
    uint8_t& byte = address.bytes[static_cast<size_t>(bit / 8)];
    const auto mask = static_cast<uint8_t>(0x80 >> (bit % 8));
    byte = static_cast<uint8_t>(ones ? byte | mask : byte & ~mask);
  }
  return address;
}

std::optional<int> ParseLength(absl::string_view text, int bits) {
  int length = 0;
  if (!absl::SimpleAtoi(text, &length) || length < 0 || length > bits) {
    return std::nullopt;
  }
  return length;
}

}  // namespace

std::string IpAddress::str() const {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(is_ipv4 ? AF_INET : AF_INET6, bytes.data(), text, sizeof(text));
  return text;
}

IpAddress IpAddress::Next() const {
  IpAddress next = *this;
  for (auto byte = static_cast<size_t>(bits() / 8); byte-- > 0;) {
    if (++next.bytes[byte] != 0) {
      break;
    }
  }
  return next;
}

std::optional<IpAddress> ParseIpAddress(absl::string_view text) {
  if (HasNul(text)) {
    return std::nullopt;
  }
  const std::string copy(text);
  IpAddress address;
  if (inet_pton(AF_INET, copy.c_str(), address.bytes.data()) == 1) {
    return address;
  }
  address.is_ipv4 = false;
  if (inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) == 1) {
    return address;
  }
  return std::nullopt;
}

std::string IpPrefix::str() const {
  return absl::StrCat(address.str(), "/", length);
}

bool IpPrefix::Contains(const IpAddress& other) const {
  return other.is_ipv4 == address.is_ipv4 && Fill(other, length, false) == address;
}

bool IpPrefix::Contains(const IpPrefix& other) const {
  return other.length >= length && Contains(other.address);
}

bool IpPrefix::Overlaps(const IpPrefix& other) const {
  return Contains(other) || other.Contains(*this);
}

IpAddress IpPrefix::First() const {
  return length >= address.bits() ? address : address.Next();
}

IpAddress IpPrefix::Last() const {
  return Fill(address, length, true);
}

std::optional<IpPrefix> ParseIpPrefix(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('/', 1));
  const std::optional<IpAddress> address = ParseIpAddress(parts.first);
  if (!address.has_value()) {
    return std::nullopt;
  }
  const std::optional<int> length = ParseLength(parts.second, address->bits());
  if (!length.has_value()) {
    return std::nullopt;
  }
  return IpPrefix{Fill(*address, *length, false), *length};
}

std::optional<AddressPool> ParseAddressPool(absl::string_view text) {
  const size_t slash = text.find('/');
  const size_t colon = slash == absl::string_view::npos ? slash : text.find(':', slash);
  const std::optional<IpPrefix> base = ParseIpPrefix(text.substr(0, colon));
  if (!base.has_value()) {
    return std::nullopt;
  }
  if (colon == absl::string_view::npos) {
    return AddressPool{*base, base->length};
  }
  const std::optional<int> length = ParseLength(text.substr(colon + 1), base->address.bits());
  if (!length.has_value() || *length < base->length) {
    return std::nullopt;
  }
  return AddressPool{*base, *length};
}

std::optional<IpPrefix> FirstFree(absl::Span<const AddressPool> pools,
                                  absl::Span<const IpPrefix> taken) {
  for (const AddressPool& pool : pools) {
    IpPrefix candidate{pool.base.address, pool.length};
    for (int i = 0; i < kMostNetworks && pool.base.Contains(candidate); ++i) {
      const auto overlaps = [&](const IpPrefix& each) { return each.Overlaps(candidate); };
      if (absl::c_none_of(taken, overlaps)) {
        return candidate;
      }
      const IpAddress next = candidate.Last().Next();
      if (next < candidate.address) {
        break;  // wrapped
      }
      candidate.address = next;
    }
  }
  return std::nullopt;
}

}  // namespace berth::cri
