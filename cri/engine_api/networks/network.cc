// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/network.h"

#include "absl/algorithm/container.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/short_id.h"
#include "base/status.h"
#include "base/time_text.h"
#include "cri/engine_api/json_fields.h"

namespace berth::cri {
namespace {

std::string Option(const Network& network, const std::string& name) {
  const auto found = network.options.find(name);
  return found == network.options.end() ? "" : found->second;
}

Json SubnetJson(const Subnet& subnet) {
  Json json = {{"Subnet", subnet.prefix.str()}, {"Gateway", subnet.gateway.str()}};
  if (subnet.range.has_value()) {
    json["IPRange"] = subnet.range->str();
  }
  return json;
}

absl::StatusOr<Subnet> ReadSubnet(const Json& json) {
  const auto prefix = ParseIpPrefix(JsonString(json, "Subnet").value_or(""));
  const auto gateway = ParseIpAddress(JsonString(json, "Gateway").value_or(""));
  if (!prefix.has_value() || !gateway.has_value()) {
    return absl::DataLossError("subnets: one of them is none");
  }
  return Subnet{*prefix, *gateway, ParseIpPrefix(JsonString(json, "IPRange").value_or(""))};
}

Json Subnets(const Network& network) {
  Json list = Json::array();
  for (const Subnet& subnet : network.subnets) {
    list.push_back(SubnetJson(subnet));
  }
  return list;
}

// As far as it can be read, and the first reason why not all of it could.
absl::Status ReadRecord(const Json& record, Network& network) {
  JsonFields fields(record);
  const std::string id = fields.Text("id");
  network.name = fields.Text("name");
  network.driver = fields.Text("driver");
  network.created_at = fields.Integer("createdAt");
  network.enable_ipv6 = fields.Flag("ipv6");
  network.internal = fields.Flag("internal");
  network.attachable = fields.Flag("attachable");
  network.labels = fields.TextMap("labels");
  network.options = fields.TextMap("options");
  network.ipam_options = fields.TextMap("ipamOptions");
  for (const Json& each : fields.Array("subnets")) {
    const absl::StatusOr<Subnet> subnet = ReadSubnet(each);
    if (subnet.ok()) {
      network.subnets.push_back(*subnet);
    }
    fields.Note(subnet.status());
  }
  if (id != network.id || network.name.empty() || network.driver.empty()) {
    fields.Note(absl::DataLossError("id, name or driver: it is not there, or another one"));
  }
  return fields.status();
}

}  // namespace

std::string NetworkOfMode(const std::string& mode) {
  return mode.empty() || mode == "default" ? kBridgeNetwork : mode;
}

bool IsPredefinedNetwork(absl::string_view name) {
  return name == kBridgeNetwork || name == kHostNetwork || name == kNoNetwork;
}

bool Network::predefined() const {
  return IsPredefinedNetwork(name);
}

std::string Network::bridge() const {
  const std::string named = Option(*this, kBridgeNameOption);
  return named.empty() ? absl::StrCat("br-", ShortId(id)) : named;
}

std::string Network::cni_name() const {
  return absl::StrCat("engine-", ShortId(id));
}

const Subnet* Network::ipv4() const {
  const auto found =
      absl::c_find_if(subnets, [](const Subnet& each) { return each.prefix.address.is_ipv4; });
  return found == subnets.end() ? nullptr : &*found;
}

bool Network::masquerades() const {
  bool enabled = true;
  return !internal && (!absl::SimpleAtob(Option(*this, kMasqueradeOption), &enabled) || enabled);
}

bool Network::connects() const {
  bool enabled = true;
  return !absl::SimpleAtob(Option(*this, kIccOption), &enabled) || enabled;
}

std::optional<int64_t> Network::mtu() const {
  int64_t mtu = 0;
  return absl::SimpleAtoi(Option(*this, kMtuOption), &mtu) && mtu > 0 ? std::optional(mtu)
                                                                      : std::nullopt;
}

Json NetworkRecord(const Network& network) {
  return {{"id", network.id},
          {"name", network.name},
          {"driver", network.driver},
          {"createdAt", network.created_at},
          {"subnets", Subnets(network)},
          {"ipv6", network.enable_ipv6},
          {"internal", network.internal},
          {"attachable", network.attachable},
          {"labels", network.labels},
          {"options", network.options},
          {"ipamOptions", network.ipam_options}};
}

Network ReadNetworkRecord(const std::string& id, const absl::StatusOr<Json>& record) {
  Network network;
  network.id = id;
  absl::Status read = record.status();
  if (record.ok()) {
    read = ReadRecord(*record, network);
  }
  if (!read.ok()) {
    network.unreadable = std::string(read.message());
    network.driver = network.driver.empty() ? "bridge" : network.driver;
    network.options.clear();
  }
  return network;
}

Json NetworkSummary(const Network& network) {
  return {{"Name", network.name},
          {"Id", network.id},
          {"Created", TimeText(network.created_at)},
          {"Scope", "local"},
          {"Driver", network.driver},
          {"EnableIPv4", true},
          {"EnableIPv6", network.enable_ipv6},
          {"IPAM",
           {{"Driver", "default"},
            {"Options", network.ipam_options.empty() ? Json() : Json(network.ipam_options)},
            {"Config", Subnets(network)}}},
          {"Internal", network.internal},
          {"Attachable", network.attachable},
          {"Ingress", false},
          {"ConfigFrom", {{"Network", ""}}},
          {"ConfigOnly", false},
          {"Containers", Json::object()},
          {"Options", network.options},
          {"Labels", network.labels}};
}

Json NetworkDetails(const Network& network, const std::vector<NetworkMember>& members) {
  Json details = NetworkSummary(network);
  for (const NetworkMember& member : members) {
    details["Containers"][member.container_id] = {{"Name", member.name},
                                                  {"EndpointID", member.container_id},
                                                  {"MacAddress", member.mac},
                                                  {"IPv4Address", member.ipv4},
                                                  {"IPv6Address", member.ipv6}};
  }
  return details;
}

}  // namespace berth::cri
