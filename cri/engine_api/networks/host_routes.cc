// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/host_routes.h"

#include <bit>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

#include "base/file.h"

namespace berth::cri {
namespace {

constexpr size_t kMaxRoutes = 16 << 20;  // bytes

}  // namespace

std::vector<IpPrefix> ParseRoutes(absl::string_view text, absl::string_view besides) {
  std::vector<IpPrefix> routes;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    constexpr size_t kInterface = 0, kDestination = 1, kMask = 7;
    const std::vector<absl::string_view> fields = absl::StrSplit(line, '\t');
    uint32_t destination = 0, mask = 0;
    if (fields.size() <= kMask || fields[kInterface] == besides ||
        !absl::SimpleHexAtoi(fields[kDestination], &destination) ||
        !absl::SimpleHexAtoi(fields[kMask], &mask) || mask == 0) {
      continue;
    }
    IpPrefix route;  // the numbers are in the order of the network, as memory has them
    std::memcpy(route.address.bytes.data(), &destination, sizeof(destination));
    route.length = std::popcount(mask);
    routes.push_back(route);
  }
  return routes;
}

std::vector<IpPrefix> ReadRoutes(absl::string_view besides) {
  return ParseRoutes(ReadFile("/proc/net/route", kMaxRoutes).value_or(""), besides);
}

}  // namespace berth::cri
