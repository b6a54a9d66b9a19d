// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"

// What `berth network` asks of the Engine API. Pure.
namespace berth::cli {

struct NetworkCreation {
  std::string name;
  std::string driver = "bridge";
  std::vector<std::string> subnets, gateways, ranges, labels, options;
  bool internal = false;
  bool ipv6 = false;
  bool attachable = false;
};

struct EndpointOptions {
  std::vector<std::string> aliases = {};
  std::vector<std::string> links = {};
  std::string ip = {};
  std::string ip6 = {};
  std::string mac = {};
  std::optional<int64_t> gateway_priority = {};

  bool operator==(const EndpointOptions&) const = default;
};

// What one --network says: a name, or "name=NET[,alias=NAME][,ip=IP][,ip6=IP][,mac-address=MAC]
// [,gw-priority=NUMBER]".
struct NetworkChoice {
  std::string name;
  EndpointOptions endpoint = {};
};

// InvalidArgument for other fields.
absl::StatusOr<NetworkChoice> ParseNetworkChoice(absl::string_view text);

// The body of POST /networks/create. A gateway and a range belong to the subnet that they are in.
// InvalidArgument for one that is in none.
absl::StatusOr<berth::Json> NetworkRequestOf(const NetworkCreation& creation);

// EndpointSettings of the options.
berth::Json EndpointRequestOf(const EndpointOptions& options);

}  // namespace berth::cli
