// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/network_request.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "base/plain_name.h"
#include "base/status.h"
#include "cri/engine_api/json_fields.h"

namespace berth::cri {
namespace {

absl::Status Invalid(absl::string_view why) {
  return absl::InvalidArgumentError(why);
}

bool IsNamePart(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-';
}

absl::Status CheckName(const std::string& name) {
  if (name.empty()) {
    return Invalid("invalid network name: name is empty");
  }
  if (name.size() > kMaxNetworkName || !IsPlainName(name)) {
    return Invalid(absl::StrCat("invalid network name \"", name, "\": only ",
                                "[a-zA-Z0-9][a-zA-Z0-9_.-] are allowed, at most ",
                                kMaxNetworkName));
  }
  return absl::OkStatus();
}

// A host's address in the network: not the network's own, nor that of all.
bool IsHostIn(const IpPrefix& prefix, const IpAddress& address) {
  return prefix.Contains(address) && address != prefix.address &&
         (!address.is_ipv4 || address != prefix.Last());
}

// What the node has for itself, and what is no place for hosts.
bool IsReserved(const IpPrefix& prefix) {
  constexpr absl::string_view kReserved[] = {"0.0.0.0/8",   "127.0.0.0/8", "224.0.0.0/4",
                                             "240.0.0.0/4", "::/127",      "ff00::/8"};
  return absl::c_any_of(kReserved, [&](absl::string_view text) {
    const std::optional<IpPrefix> reserved = ParseIpPrefix(text);
    return reserved.has_value() && prefix.Overlaps(*reserved);
  });
}

absl::StatusOr<Subnet> ReadSubnet(JsonFields& config) {
  const std::string subnet = config.Text("Subnet");
  const std::string gateway = config.Text("Gateway");
  const std::string range = config.Text("IPRange");
  const StringMap reserved = config.TextMap("AuxiliaryAddresses");
  RETURN_IF_ERROR(config.status());
  if (!reserved.empty()) {
    return Invalid("auxiliary addresses are not supported");
  }
  ASSIGN_OR_RETURN(const IpPrefix prefix, ReadSubnetPrefix(subnet));
  if (ParseIpAddress(subnet.substr(0, subnet.find('/'))) != prefix.address) {
    return Invalid(absl::StrCat("invalid network config: invalid subnet ", subnet,
                                ": it should be ", prefix.str()));
  }
  Subnet read{prefix, prefix.First(), std::nullopt};
  if (!gateway.empty()) {
    const std::optional<IpAddress> address = ParseIpAddress(gateway);
    if (!address.has_value() || !IsHostIn(prefix, *address)) {
      return Invalid(absl::StrCat("no matching subnet for gateway ", gateway));
    }
    read.gateway = *address;
  }
  if (!range.empty()) {
    read.range = ParseIpPrefix(range);
    if (!read.range.has_value() || !prefix.Contains(*read.range)) {
      return Invalid(absl::StrCat("no matching subnet for range ", range));
    }
  }
  return read;
}

absl::Status ReadIpam(JsonFields& body, Network& network) {
  JsonFields ipam(body.Object("IPAM"), "IPAM");
  const std::string driver = ipam.Text("Driver");
  network.ipam_options = ipam.TextMap("Options");
  const Json& configs = ipam.Array("Config");
  RETURN_IF_ERROR(ipam.status());
  if (!driver.empty() && driver != "default") {
    return absl::NotFoundError(absl::StrCat("could not find an IPAM plugin \"", driver, "\""));
  }
  for (const Json& each : configs) {
    JsonFields config(each, "IPAM.Config");
    if (config.Text("Subnet").empty()) {
      const std::string gateway = config.Text("Gateway");
      RETURN_IF_ERROR(config.status());
      if (!gateway.empty()) {
        return Invalid(absl::StrCat("no matching subnet for gateway ", gateway));
      }
      continue;  // as an older client sends it that leaves the choice to us
    }
    ASSIGN_OR_RETURN(Subnet subnet, ReadSubnet(config));
    const bool twice = absl::c_any_of(network.subnets, [&](const Subnet& other) {
      return other.prefix.address.is_ipv4 == subnet.prefix.address.is_ipv4;
    });
    if (twice) {
      return Invalid("bridge driver doesn't support multiple subnets");
    }
    network.subnets.push_back(std::move(subnet));
  }
  return absl::OkStatus();
}

absl::Status CheckOptions(const Network& network) {
  for (const auto& [name, value] : network.options) {
    bool flag = true;
    int64_t number = 0;
    if ((name == kIccOption || name == kMasqueradeOption) && !absl::SimpleAtob(value, &flag)) {
      return Invalid(absl::StrCat("invalid value for ", name, ": \"", value, "\""));
    }
    if (name == kMtuOption &&
        (!absl::SimpleAtoi(value, &number) || number < 68 || number > 65535)) {
      return Invalid(absl::StrCat("invalid MTU \"", value, "\""));
    }
    if (name == kHostBindingOption && !ParseIpAddress(value).has_value()) {
      return Invalid(absl::StrCat("invalid value for ", name, ": \"", value, "\""));
    }
    if (name == kBridgeNameOption && !value.empty()) {
      RETURN_IF_ERROR(CheckBridgeName(value));
    }
  }
  return absl::OkStatus();
}

// fd00::/8 with 40 bits of the id, as RFC 4193 has it.
Subnet UniqueLocalSubnet(const std::string& id) {
  IpPrefix prefix{{.is_ipv4 = false}, 64};
  const std::string bytes = absl::HexStringToBytes(absl::string_view(id).substr(0, 10));
  prefix.address.bytes[0] = 0xfd;
  for (size_t i = 0; i < bytes.size(); ++i) {
    prefix.address.bytes[i + 1] = static_cast<uint8_t>(bytes[i]);
  }
  return {prefix, prefix.First(), std::nullopt};
}

}  // namespace

absl::StatusOr<IpPrefix> ReadSubnetPrefix(absl::string_view text) {
  const std::optional<IpPrefix> prefix = ParseIpPrefix(text);
  if (!prefix.has_value()) {
    return Invalid(absl::StrCat("invalid subnet ", text, ": invalid CIDR address: ", text));
  }
  if (IsReserved(*prefix)) {
    return Invalid(absl::StrCat("invalid subnet ", text, ": its addresses are not for hosts"));
  }
  constexpr int kFewestHostBits = 2;  // the network, the gateway, one container, the broadcast
  if (prefix->address.bits() - prefix->length < kFewestHostBits) {
    return Invalid(absl::StrCat("invalid subnet ", text, ": it has no room for containers"));
  }
  return *prefix;
}

absl::Status CheckBridgeName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxBridgeName || !absl::c_all_of(name, IsNamePart) ||
      name == "." || name == "..") {
    return Invalid(absl::StrCat("invalid bridge name \"", absl::CHexEscape(name),
                                "\": an interface's has 1 to ", kMaxBridgeName,
                                " characters of [a-zA-Z0-9_.-]"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Network> ReadNetworkRequest(const Json& body) {
  JsonFields fields(body);
  Network network;
  network.name = fields.Text("Name");
  const std::string driver = fields.Text("Driver");
  network.internal = fields.Flag("Internal");
  network.attachable = fields.Flag("Attachable");
  network.enable_ipv6 = fields.Flag("EnableIPv6");
  const std::string scope = fields.Text("Scope");
  const std::string configuration = JsonString(fields.Object("ConfigFrom"), "Network").value_or("");
  const bool supported = fields.OptionalFlag("EnableIPv4").value_or(true) &&
                         !fields.Flag("ConfigOnly") && !fields.Flag("Ingress");
  network.labels = fields.TextMap("Labels");
  network.options = fields.TextMap("Options");
  RETURN_IF_ERROR(fields.status());
  RETURN_IF_ERROR(CheckName(network.name));
  if (driver == kHostNetwork || driver == "null") {
    return absl::PermissionDeniedError(
        absl::StrCat("only one instance of \"", driver, "\" network is allowed"));
  }
  if (!configuration.empty()) {  // there is none, for none can be made
    return absl::NotFoundError(
        absl::StrCat("configuration network \"", configuration, "\" not found"));
  }
  if (!driver.empty() && driver != "default" && driver != "bridge") {
    return absl::NotFoundError(
        absl::StrCat("could not find plugin ", driver, " in v1 plugin registry: plugin not found"));
  }
  if (!scope.empty() && scope != "local") {
    return Invalid(absl::StrCat("invalid scope \"", scope,
                                "\": this node is in no swarm, and networks are local"));
  }
  if (!supported) {
    return Invalid(
        "networks without IPv4, of configuration only, and for ingress are not supported");
  }
  RETURN_IF_ERROR(ReadIpam(fields, network));
  RETURN_IF_ERROR(fields.status());
  RETURN_IF_ERROR(CheckOptions(network));
  const bool has_ipv6 = absl::c_any_of(
      network.subnets, [](const Subnet& each) { return !each.prefix.address.is_ipv4; });
  network.enable_ipv6 |= has_ipv6;
  return network;
}

absl::StatusOr<Network> WithSubnets(Network network, absl::Span<const AddressPool> pools,
                                    absl::Span<const IpPrefix> taken) {
  for (const Subnet& subnet : network.subnets) {
    for (const IpPrefix& other : taken) {
      if (subnet.prefix.Overlaps(other)) {
        return absl::FailedPreconditionError(absl::StrCat(
            "invalid pool request: Pool overlaps with other one on this address space: ",
            subnet.prefix.str(), " and ", other.str()));
      }
    }
  }
  if (network.ipv4() == nullptr) {
    const std::optional<IpPrefix> free = FirstFree(pools, taken);
    if (!free.has_value()) {
      return absl::FailedPreconditionError(
          "all predefined address pools have been fully subnetted");
    }
    network.subnets.insert(network.subnets.begin(), {*free, free->First(), std::nullopt});
  }
  if (network.enable_ipv6 && network.subnets.size() == 1) {
    network.subnets.push_back(UniqueLocalSubnet(network.id));
  }
  return network;
}

}  // namespace berth::cri
