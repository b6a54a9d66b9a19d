// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/network_request.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/engine_syntax.h"

namespace berth::cli {
namespace {

bool IsVersion6(const std::string& address) {
  return absl::StrContains(address, ':');
}

// Puts each of `values` into the subnet of its IP version: there is one of each at most.
absl::Status Assign(const char* what, const char* field, const std::vector<std::string>& values,
                    berth::Json& subnets) {
  for (const std::string& value : values) {
    const auto subnet = std::find_if(subnets.begin(), subnets.end(), [&](const berth::Json& each) {
      return IsVersion6(each["Subnet"].get<std::string>()) == IsVersion6(value) &&
             !each.contains(field);
    });
    if (subnet == subnets.end()) {
      return absl::InvalidArgumentError(absl::StrCat("no matching subnet for ", what, " ", value));
    }
    (*subnet)[field] = value;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<berth::Json> NetworkRequestOf(const NetworkCreation& creation) {
  berth::Json subnets = berth::Json::array();
  for (const std::string& subnet : creation.subnets) {
    subnets.push_back({{"Subnet", subnet}});
  }
  RETURN_IF_ERROR(Assign("gateway", "Gateway", creation.gateways, subnets));
  RETURN_IF_ERROR(Assign("range", "IPRange", creation.ranges, subnets));
  berth::Json body = {{"Name", creation.name},
                      {"Driver", creation.driver},
                      {"Internal", creation.internal},
                      {"EnableIPv6", creation.ipv6},
                      {"Attachable", creation.attachable}};
  body["IPAM"]["Config"] = std::move(subnets);
  ASSIGN_OR_RETURN(body["Labels"], ParsePairs("--label", creation.labels));
  ASSIGN_OR_RETURN(body["Options"], ParsePairs("--opt", creation.options));
  return body;
}

berth::Json EndpointRequestOf(const EndpointOptions& options) {
  berth::Json endpoint = berth::Json::object();
  if (!options.aliases.empty()) {
    endpoint["Aliases"] = options.aliases;
  }
  if (!options.links.empty()) {
    endpoint["Links"] = options.links;
  }
  if (!options.ip.empty()) {
    endpoint["IPAMConfig"]["IPv4Address"] = options.ip;
  }
  if (!options.ip6.empty()) {
    endpoint["IPAMConfig"]["IPv6Address"] = options.ip6;
  }
  if (!options.mac.empty()) {
    endpoint["MacAddress"] = options.mac;
  }
  return endpoint;
}

}  // namespace berth::cli
