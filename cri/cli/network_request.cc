// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/network_request.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

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

absl::StatusOr<NetworkChoice> ParseNetworkChoice(absl::string_view text) {
  NetworkChoice choice = {.name = std::string(text)};
  if (!absl::StrContains(text, '=')) {
    return choice;
  }
  choice.name.clear();
  for (const absl::string_view field : absl::StrSplit(text, ',')) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(field, absl::MaxSplits('=', 1));
    const auto& [key, value] = pair;
    const std::pair<const char*, std::string*> texts[] = {{"name", &choice.name},
                                                          {"ip", &choice.endpoint.ip},
                                                          {"ip6", &choice.endpoint.ip6},
                                                          {"mac-address", &choice.endpoint.mac}};
    const auto named = std::find_if(std::begin(texts), std::end(texts),
                                    [&](const auto& each) { return each.first == pair.first; });
    int64_t number = 0;
    if (named != std::end(texts)) {
      *named->second = value;
    } else if (key == "alias") {
      choice.endpoint.aliases.push_back(value);
    } else if (key == "gw-priority" && absl::SimpleAtoi(value, &number)) {
      choice.endpoint.gateway_priority = number;
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("--network ", text, ": invalid field ", field));
    }
  }
  return choice.name.empty()
             ? absl::InvalidArgumentError(absl::StrCat("--network ", text, ": it has no name"))
             : absl::StatusOr<NetworkChoice>(std::move(choice));
}

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
  if (options.gateway_priority.has_value()) {
    endpoint["GwPriority"] = *options.gateway_priority;
  }
  return endpoint;
}

}  // namespace berth::cli
