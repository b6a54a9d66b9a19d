// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"
#include "runtime/network/cni_version.h"

// What a plugin's ADD returns, in every version of the specification. Pure.
namespace berth::runtime {

inline constexpr size_t kMaxCniResultEntries = 128;  // addresses, routes or interfaces of a result

struct CniInterface {
  std::string name;
  std::string mac;
  std::string sandbox;  // empty: an interface of the host
  std::optional<int64_t> mtu;
  std::string socket_path;
  std::string pci_id;
};

struct CniAddress {
  std::optional<size_t> interface;  // an index into `interfaces`
  std::string address;              // with prefix length
  std::string gateway;
  bool is_ipv4 = true;
};

struct CniRoute {
  std::string destination;  // with prefix length
  std::string gateway;
  bool is_ipv4 = true;
  std::optional<int64_t> mtu, advertised_mss, priority, table, scope;
};

struct CniResult {
  std::vector<CniInterface> interfaces;
  std::vector<CniAddress> addresses;
  std::vector<CniRoute> routes;
  Json dns;  // an object, or null
};

// Reads a result by its own `cniVersion`, or as one of version `otherwise` when it names none
// (libcni does the same). InvalidArgument for a version we do not speak, an address that is none,
// an index out of range, or more than kMaxCniResultEntries of a kind, for plugins do work for each.
absl::StatusOr<CniResult> ParseCniResult(const Json& json, const CniVersion& otherwise);

// The same as `version` writes it; what that cannot express is left out. FailedPrecondition when
// the version wants an address and there is none (before 0.3).
absl::StatusOr<Json> FormatCniResult(const CniResult& result, const CniVersion& version);

// A plugin's result as the next one of a list of version `version` must see it: unchanged where the
// versions are the same.
absl::StatusOr<Json> ConvertCniResult(const Json& json, const CniVersion& version);

// The addresses of the interface of that name inside the sandbox; IPv4 first, else in the plugin's
// order. An address that names no interface counts.
std::vector<CniAddress> AddressEntriesOf(const CniResult& result, absl::string_view interface);
// The same, without prefix lengths.
std::vector<std::string> AddressesOf(const CniResult& result, absl::string_view interface);

}  // namespace berth::runtime
