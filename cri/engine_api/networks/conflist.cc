// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/conflist.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "base/json.h"

namespace berth::cri {
namespace {

// Addresses that are asked for are given also where they are outside of the range.
Json AddressRanges(const Network& network, const EndpointPlan& plan) {
  Json ranges = Json::array();
  for (const Subnet& subnet : network.subnets) {
    const bool is_ipv4 = subnet.prefix.address.is_ipv4;
    if (!is_ipv4 && plan.without_ipv6) {
      continue;
    }
    Json range = {{"subnet", subnet.prefix.str()}, {"gateway", subnet.gateway.str()}};
    const bool fixed = is_ipv4 ? plan.ipv4.has_value() : plan.ipv6.has_value();
    if (subnet.range.has_value() && !fixed) {
      // The network's own address and the broadcast are nobody's.
      const bool from_start = subnet.range->address == subnet.prefix.address;
      range["rangeStart"] = (from_start ? subnet.range->First() : subnet.range->address).str();
      if (subnet.range->Last() != subnet.prefix.Last()) {
        range["rangeEnd"] = subnet.range->Last().str();
      }
    }
    ranges.push_back(Json::array({std::move(range)}));
  }
  return ranges;
}

Json Bridge(const Network& network, const EndpointPlan& plan, const std::string& lease_directory) {
  Json bridge = {{"type", "bridge"},
                 {"bridge", network.bridge()},
                 {"isGateway", true},
                 {"isDefaultGateway", plan.default_route && !network.internal},
                 {"ipMasq", network.masquerades()},
                 {"hairpinMode", true},
                 {"ipam",
                  {{"type", "host-local"},
                   {"dataDir", lease_directory},
                   {"ranges", AddressRanges(network, plan)}}}};
  if (network.mtu().has_value()) {
    bridge["mtu"] = *network.mtu();
  }
  Json wishes = Json::object();
  for (const std::optional<IpAddress>& address : {plan.ipv4, plan.ipv6}) {
    if (address.has_value() && (address->is_ipv4 || !plan.without_ipv6)) {
      wishes["ips"].push_back(address->str());
    }
  }
  if (!plan.mac.empty()) {
    wishes["mac"] = plan.mac;
  }
  if (!wishes.empty()) {
    bridge["args"]["cni"] = std::move(wishes);
  }
  return bridge;
}

}  // namespace

std::string MakeConflist(const Network& network, const EndpointPlan& plan,
                         const std::string& lease_directory) {
  Json plugins = Json::array({Bridge(network, plan, lease_directory)});
  if (plan.publishes_ports && !network.internal) {
    plugins.push_back(
        {{"type", "portmap"}, {"capabilities", {{"portMappings", true}}}, {"snat", true}});
  }
  plugins.push_back({{"type", "firewall"}, {"ingressPolicy", "same-bridge"}});
  return FormatJson(
      {{"cniVersion", "1.0.0"}, {"name", network.cni_name()}, {"plugins", std::move(plugins)}});
}

absl::Status PluginRefusal(const absl::Status& failure, const std::vector<Network>& networks) {
  constexpr absl::string_view kNoneLeft = "no IP addresses available in range set: ";
  const absl::string_view message = failure.message();
  const size_t at = message.find(kNoneLeft);
  if (at == absl::string_view::npos) {
    return failure;
  }
  for (const Network& network : networks) {
    if (absl::StrContains(message, absl::StrCat(network.cni_name(), ":"))) {
      const absl::string_view rest = message.substr(at + kNoneLeft.size());
      const absl::string_view range = rest.substr(0, rest.find_first_of(" ;,\n"));
      const char* const version = absl::StrContains(range, ":") ? "IPv6" : "IPv4";
      return absl::InternalError(absl::StrCat(
          "no available ", version, " addresses on this network's address pools: ", network.name,
          " (", network.id, ")"));
    }
  }
  return failure;
}

}  // namespace berth::cri
