// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/cni_result.h"

#include <arpa/inet.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/status.h"

namespace berth::runtime {
namespace {

absl::Status Invalid(absl::string_view why) {
  return absl::InvalidArgumentError(why);
}

// Whether the text is an IPv4 address; nullopt when it is no address at all.
std::optional<bool> IsIpv4(const std::string& text) {
  in6_addr storage = {};
  if (inet_pton(AF_INET, text.c_str(), &storage) == 1) {
    return true;
  }
  if (inet_pton(AF_INET6, text.c_str(), &storage) == 1) {
    return false;
  }
  return std::nullopt;
}

// Whether "address/length" is of IPv4.
absl::StatusOr<bool> IsIpv4Prefix(const std::string& text) {
  std::pair<std::string, absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits('/', 1));
  std::optional<bool> ipv4 = IsIpv4(parts.first);
  int length = 0;
  if (!ipv4.has_value() || !absl::SimpleAtoi(parts.second, &length) || length < 0 ||
      length > (*ipv4 ? 32 : 128)) {
    return Invalid(absl::StrCat("\"", text.substr(0, 64), "\" is no address with prefix length"));
  }
  return *ipv4;
}

absl::StatusOr<std::string> ReadGateway(const Json& json, const char* key) {
  std::string gateway = JsonString(json, key).value_or("");
  if (!gateway.empty() && !IsIpv4(gateway).has_value()) {
    return Invalid(absl::StrCat("\"", gateway.substr(0, 64), "\" is no address"));
  }
  return gateway;
}

absl::StatusOr<CniRoute> ReadRoute(const Json& json) {
  CniRoute route;
  route.destination = JsonString(json, "dst").value_or("");
  ASSIGN_OR_RETURN(route.is_ipv4, IsIpv4Prefix(route.destination));
  ASSIGN_OR_RETURN(route.gateway, ReadGateway(json, "gw"));
  route.mtu = JsonInteger(json, "mtu");
  route.advertised_mss = JsonInteger(json, "advmss");
  route.priority = JsonInteger(json, "priority");
  route.table = JsonInteger(json, "table");
  route.scope = JsonInteger(json, "scope");
  return route;
}

absl::Status CheckEntries(const Json& json, const char* key) {
  const size_t size = JsonArray(json, key).size();
  return size <= kMaxCniResultEntries
             ? absl::OkStatus()
             : Invalid(absl::StrCat("\"", key, "\" has ", size, " entries, more than ",
                                    kMaxCniResultEntries));
}

absl::Status ReadRoutes(const Json& json, CniResult& result) {
  RETURN_IF_ERROR(CheckEntries(json, "routes"));
  for (const Json& item : JsonArray(json, "routes")) {
    ASSIGN_OR_RETURN(CniRoute route, ReadRoute(item));
    result.routes.push_back(std::move(route));
  }
  return absl::OkStatus();
}

// 0.1.0 and 0.2.0: one address a family, each with its routes.
absl::Status ReadFamily(const Json& json, const char* key, CniResult& result) {
  if (!json.contains(key) || json[key].is_null()) {
    return absl::OkStatus();
  }
  const Json& family = JsonObject(json, key);
  CniAddress address;
  address.address = JsonString(family, "ip").value_or("");
  ASSIGN_OR_RETURN(address.is_ipv4, IsIpv4Prefix(address.address));
  ASSIGN_OR_RETURN(address.gateway, ReadGateway(family, "gateway"));
  result.addresses.push_back(std::move(address));
  return ReadRoutes(family, result);
}

CniInterface ReadInterface(const Json& json) {
  return {.name = JsonString(json, "name").value_or(""),
          .mac = JsonString(json, "mac").value_or(""),
          .sandbox = JsonString(json, "sandbox").value_or(""),
          .mtu = JsonInteger(json, "mtu"),
          .socket_path = JsonString(json, "socketPath").value_or(""),
          .pci_id = JsonString(json, "pciID").value_or("")};
}

absl::StatusOr<CniAddress> ReadAddress(const Json& json, size_t interfaces) {
  CniAddress address;
  address.address = JsonString(json, "address").value_or("");
  ASSIGN_OR_RETURN(address.is_ipv4, IsIpv4Prefix(address.address));
  ASSIGN_OR_RETURN(address.gateway, ReadGateway(json, "gateway"));
  if (std::optional<int64_t> index = JsonInteger(json, "interface"); index.has_value()) {
    if (*index < 0 || static_cast<uint64_t>(*index) >= interfaces) {
      return Invalid("an address names an interface that is not there");
    }
    address.interface = static_cast<size_t>(*index);
  }
  return address;
}

absl::StatusOr<CniVersion> VersionOf(const Json& json, const CniVersion& otherwise) {
  const std::string text = JsonString(json, "cniVersion").value_or("");
  if (text.empty()) {
    return otherwise;
  }
  ASSIGN_OR_RETURN(CniVersion version, ParseCniVersion(text));
  if (!IsSpoken(version)) {
    return Invalid(absl::StrCat("a result of CNI ", version.str()));
  }
  return version;
}

void SetText(Json& json, const char* key, const std::string& value) {
  if (!value.empty()) {
    json[key] = value;
  }
}

void SetNumber(Json& json, const char* key, const std::optional<int64_t>& value) {
  if (value.has_value()) {
    json[key] = *value;
  }
}

Json RouteJson(const CniRoute& route, const CniVersion& version) {
  Json json = {{"dst", route.destination}};
  SetText(json, "gw", route.gateway);
  if (version >= kCni110) {
    SetNumber(json, "mtu", route.mtu);
    SetNumber(json, "advmss", route.advertised_mss);
    SetNumber(json, "priority", route.priority);
    SetNumber(json, "table", route.table);
    SetNumber(json, "scope", route.scope);
  }
  return json;
}

Json InterfaceJson(const CniInterface& interface, const CniVersion& version) {
  Json json = {{"name", interface.name}};
  SetText(json, "mac", interface.mac);
  SetText(json, "sandbox", interface.sandbox);
  if (version >= kCni110) {
    SetNumber(json, "mtu", interface.mtu);
    SetText(json, "socketPath", interface.socket_path);
    SetText(json, "pciID", interface.pci_id);
  }
  return json;
}

Json AddressJson(const CniAddress& address, const CniVersion& version) {
  Json json = {{"address", address.address}};
  SetText(json, "gateway", address.gateway);
  if (address.interface.has_value()) {
    json["interface"] = *address.interface;
  }
  if (version < kCni100) {
    json["version"] = address.is_ipv4 ? "4" : "6";
  }
  return json;
}

absl::StatusOr<Json> FormatFamilies(const CniResult& result, Json json, const CniVersion& version) {
  for (const CniAddress& address : result.addresses) {
    const char* key = address.is_ipv4 ? "ip4" : "ip6";
    if (json.contains(key)) {
      continue;  // there is room for one of each
    }
    json[key] = {{"ip", address.address}};
    SetText(json[key], "gateway", address.gateway);
    for (const CniRoute& route : result.routes) {
      if (route.is_ipv4 == address.is_ipv4) {
        json[key]["routes"].push_back(RouteJson(route, version));
      }
    }
  }
  if (result.addresses.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("a result of CNI ", version.str(), " needs an address"));
  }
  return json;
}

}  // namespace

absl::StatusOr<CniResult> ParseCniResult(const Json& json, const CniVersion& otherwise) {
  if (!json.is_object()) {
    return Invalid("the result is not a JSON object");
  }
  ASSIGN_OR_RETURN(CniVersion version, VersionOf(json, otherwise));
  CniResult result;
  if (const Json& dns = JsonObject(json, "dns"); !dns.empty()) {
    result.dns = dns;
  }
  if (version < kCni030) {
    RETURN_IF_ERROR(ReadFamily(json, "ip4", result));
    RETURN_IF_ERROR(ReadFamily(json, "ip6", result));
    return result;
  }
  RETURN_IF_ERROR(CheckEntries(json, "interfaces"));
  for (const Json& item : JsonArray(json, "interfaces")) {
    result.interfaces.push_back(ReadInterface(item));
  }
  RETURN_IF_ERROR(CheckEntries(json, "ips"));
  for (const Json& item : JsonArray(json, "ips")) {
    ASSIGN_OR_RETURN(CniAddress address, ReadAddress(item, result.interfaces.size()));
    result.addresses.push_back(std::move(address));
  }
  RETURN_IF_ERROR(ReadRoutes(json, result));
  return result;
}

absl::StatusOr<Json> FormatCniResult(const CniResult& result, const CniVersion& version) {
  Json json = {{"cniVersion", version.str()}};
  if (result.dns.is_object()) {
    json["dns"] = result.dns;
  }
  if (version < kCni030) {
    return FormatFamilies(result, std::move(json), version);
  }
  for (const CniInterface& interface : result.interfaces) {
    json["interfaces"].push_back(InterfaceJson(interface, version));
  }
  for (const CniAddress& address : result.addresses) {
    json["ips"].push_back(AddressJson(address, version));
  }
  for (const CniRoute& route : result.routes) {
    json["routes"].push_back(RouteJson(route, version));
  }
  return json;
}

absl::StatusOr<Json> ConvertCniResult(const Json& json, const CniVersion& version) {
  ASSIGN_OR_RETURN(CniResult result, ParseCniResult(json, version));
  ASSIGN_OR_RETURN(CniVersion own, VersionOf(json, version));
  if (own != version) {
    return FormatCniResult(result, version);
  }
  Json same = json;
  same["cniVersion"] = version.str();
  return same;
}

std::vector<CniAddress> AddressEntriesOf(const CniResult& result, absl::string_view interface) {
  using Rule = std::function<bool(const CniInterface*)>;
  // The first rule that any address meets counts: not all plugins name the interface or the
  // sandbox.
  const Rule rules[] = {
      [&](const CniInterface* i) {
        return i == nullptr || (i->name == interface && !i->sandbox.empty());
      },
      [](const CniInterface* i) { return i != nullptr && !i->sandbox.empty(); },
      [&](const CniInterface* i) { return i != nullptr && i->name == interface; },
  };
  std::vector<CniAddress> ipv4;
  std::vector<CniAddress> ipv6;
  for (const Rule& rule : rules) {
    for (const CniAddress& address : result.addresses) {
      if (rule(address.interface.has_value() ? &result.interfaces[*address.interface] : nullptr)) {
        (address.is_ipv4 ? ipv4 : ipv6).push_back(address);
      }
    }
    if (!ipv4.empty() || !ipv6.empty()) {
      break;
    }
  }
  ipv4.insert(ipv4.end(), ipv6.begin(), ipv6.end());
  return ipv4;
}

std::vector<std::string> AddressesOf(const CniResult& result, absl::string_view interface) {
  std::vector<std::string> ips;
  for (const CniAddress& address : AddressEntriesOf(result, interface)) {
    ips.push_back(address.address.substr(0, address.address.find('/')));
  }
  return ips;
}

}  // namespace berth::runtime
