// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/endpoint.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/status.h"
#include "cri/engine_api/json_fields.h"
#include "cri/engine_api/networks/network.h"

namespace berth::cri {
namespace {

constexpr size_t kMaxAliases = 256;
constexpr size_t kMaxName = 253;  // a name of the DNS

absl::Status Invalid(absl::string_view why) {
  return absl::InvalidArgumentError(why);
}

// 02:42:ac:11:00:02, of a single station.
bool IsMacAddress(absl::string_view text) {
  const std::vector<absl::string_view> bytes = absl::StrSplit(text, ':');
  uint32_t first = 0;
  return bytes.size() == 6 && absl::SimpleHexAtoi(bytes[0], &first) && (first & 1) == 0 &&
         absl::c_all_of(bytes, [](absl::string_view byte) {
           return byte.size() == 2 && absl::c_all_of(byte, [](char c) {
                    return absl::ascii_isxdigit(static_cast<unsigned char>(c));
                  });
         });
}

absl::Status CheckMac(const std::string& mac) {
  return mac.empty() || IsMacAddress(mac) ? absl::OkStatus()
                                          : Invalid(absl::StrCat("invalid MAC address: ", mac));
}

absl::StatusOr<std::optional<IpAddress>> FixedAddress(const std::string& text, bool is_ipv4) {
  if (text.empty()) {
    return std::nullopt;
  }
  const std::optional<IpAddress> address = ParseIpAddress(text);
  if (!address.has_value() || address->is_ipv4 != is_ipv4) {
    return Invalid(absl::StrCat("invalid ", is_ipv4 ? "IPv4" : "IPv6", " address: ", text));
  }
  return address;
}

absl::StatusOr<uint16_t> ParsePort(absl::string_view text) {
  int port = 0;
  if (!absl::SimpleAtoi(text, &port) || port < 1 || port > UINT16_MAX) {
    return Invalid(absl::StrCat("invalid port specification: \"", text, "\""));
  }
  return static_cast<uint16_t>(port);
}

struct Port {
  uint16_t number = 0;
  std::string protocol;
};

// "80/tcp", "80".
absl::StatusOr<Port> ParsePortName(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('/', 1));
  const std::string protocol = parts.second.empty() ? "tcp" : absl::AsciiStrToLower(parts.second);
  if (protocol != "tcp" && protocol != "udp" && protocol != "sctp") {
    return Invalid(absl::StrCat("invalid port specification: \"", text, "\""));
  }
  ASSIGN_OR_RETURN(const uint16_t number, ParsePort(parts.first));
  return Port{number, protocol};
}

// "", "8080", "8000-8010".
absl::Status ReadHostPorts(absl::string_view text, PortRequest& request) {
  if (text.empty() || text == "0") {
    return absl::OkStatus();
  }
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('-', 1));
  ASSIGN_OR_RETURN(request.first, ParsePort(parts.first));
  request.last = request.first;
  if (absl::StrContains(text, "-")) {
    ASSIGN_OR_RETURN(request.last, ParsePort(parts.second));
  }
  return request.last < request.first
             ? Invalid(absl::StrCat("invalid port specification: \"", text, "\""))
             : absl::OkStatus();
}

absl::StatusOr<PortRequest> ReadBinding(const Port& port, const Json& binding) {
  JsonFields fields(binding, "HostConfig.PortBindings");
  const std::string ip = fields.Text("HostIp");
  const std::string host_port = fields.Text("HostPort");
  RETURN_IF_ERROR(fields.status());
  PortRequest request;
  request.container_port = port.number;
  request.protocol = port.protocol;
  if (!ip.empty()) {
    const std::optional<IpAddress> address = ParseIpAddress(ip);
    if (!address.has_value()) {
      return Invalid(absl::StrCat("invalid IP address: ", ip));
    }
    if (*address == ParseIpAddress("::1")) {
      return absl::UnimplementedError(
          "a port of [::1] cannot be published: the kernel routes nothing from there to a "
          "container");
    }
    request.host_ip = address->str();
  }
  RETURN_IF_ERROR(ReadHostPorts(host_port, request));
  return request;
}

absl::Status ReadPorts(JsonFields& body, JsonFields& host, ContainerNetworking& networking) {
  JsonFields bindings(host.Object("PortBindings"), "HostConfig.PortBindings");
  const bool publish_all = host.Flag("PublishAllPorts");
  for (const std::string& name : host.Keys("PortBindings")) {
    ASSIGN_OR_RETURN(const Port port, ParsePortName(name));
    networking.exposed.insert(PortName(port.number, port.protocol));
    for (const Json& binding : bindings.Array(name)) {
      ASSIGN_OR_RETURN(networking.ports.emplace_back(), ReadBinding(port, binding));
    }
  }
  RETURN_IF_ERROR(bindings.status());
  for (const std::string& name : body.Keys("ExposedPorts")) {
    ASSIGN_OR_RETURN(const Port port, ParsePortName(name));
    const bool is_new = networking.exposed.insert(PortName(port.number, port.protocol)).second;
    if (is_new && publish_all) {
      PortRequest& request = networking.ports.emplace_back();
      request.container_port = port.number;
      request.protocol = port.protocol;
    }
  }
  return networking.ports.size() > kMaxPublishedPorts
             ? Invalid(absl::StrCat("more than ", kMaxPublishedPorts, " published ports"))
             : absl::OkStatus();
}

// The network of the mode comes first.
absl::Status ReadEndpoints(JsonFields& body, const std::string& mode,
                           ContainerNetworking& networking) {
  JsonFields config(body.Object("NetworkingConfig"), "NetworkingConfig");
  JsonFields endpoints(config.Object("EndpointsConfig"), "NetworkingConfig.EndpointsConfig");
  networking.endpoints.push_back({.network = mode});
  for (const std::string& name : config.Keys("EndpointsConfig")) {
    ASSIGN_OR_RETURN(Endpoint endpoint, ReadEndpoint(NetworkOfMode(name), endpoints.Object(name)));
    if (endpoint.network == mode) {
      networking.endpoints[0] = std::move(endpoint);
    } else {
      networking.endpoints.push_back(std::move(endpoint));
    }
  }
  RETURN_IF_ERROR(config.status());
  RETURN_IF_ERROR(endpoints.status());
  if (networking.endpoints.size() > kMaxEndpoints) {
    return Invalid(absl::StrCat("a container in more than ", kMaxEndpoints, " networks"));
  }
  if (const std::string mac = body.Text("MacAddress");
      !mac.empty() && networking.endpoints[0].mac.empty()) {
    networking.endpoints[0].mac = mac;
    return CheckMac(mac);
  }
  return absl::OkStatus();
}

NetworkKind KindOf(absl::string_view mode) {
  if (mode == kHostNetwork) {
    return NetworkKind::kHost;
  }
  if (mode == kNoNetwork) {
    return NetworkKind::kNone;
  }
  return absl::StartsWith(mode, kOfContainer) ? NetworkKind::kContainer : NetworkKind::kNetworks;
}

// What is said of a network that gives no addresses, beside which there is no other.
absl::Status CheckAsksForNone(JsonFields& body, const std::string& mode) {
  JsonFields config(body.Object("NetworkingConfig"), "NetworkingConfig");
  JsonFields endpoints(config.Object("EndpointsConfig"), "NetworkingConfig.EndpointsConfig");
  for (const std::string& name : config.Keys("EndpointsConfig")) {
    RETURN_IF_ERROR(name == mode ? absl::OkStatus() : CheckHasNetworks(KindOf(mode)));
  }
  ASSIGN_OR_RETURN(const Endpoint endpoint, ReadEndpoint(mode, endpoints.Object(mode)));
  RETURN_IF_ERROR(config.status());
  RETURN_IF_ERROR(endpoints.status());
  return endpoint.ipv4.has_value() || endpoint.ipv6.has_value() ? NoFixedAddressIn(mode)
                                                                : absl::OkStatus();
}

absl::Status CheckModeAllows(const ContainerNetworking& networking) {
  if (networking.kind != NetworkKind::kContainer) {
    return absl::OkStatus();
  }
  if (!networking.ports.empty()) {
    return Invalid("conflicting options: port publishing and the container type network mode");
  }
  if (!networking.hostname.empty()) {
    return Invalid("conflicting options: hostname and the network mode");
  }
  if (!networking.dns_servers.empty()) {
    return Invalid("conflicting options: dns and the network mode");
  }
  return absl::OkStatus();
}

// For all interfaces, also those to come, or for the loopback. Plugins that had an address of it to
// give would undo it.
bool DisablesIpv6(const StringMap& sysctls) {
  return absl::c_any_of(sysctls, [](const auto& sysctl) {
    const std::string name = absl::StrReplaceAll(sysctl.first, {{"/", "."}});
    int64_t value = 0;
    return (name == "net.ipv6.conf.all.disable_ipv6" || name == "net.ipv6.conf.lo.disable_ipv6") &&
           absl::SimpleAtoi(sysctl.second, &value) && value != 0;
  });
}

Json PortJson(const PortRequest& port) {
  return {{"port", port.container_port},
          {"protocol", port.protocol},
          {"ip", port.host_ip},
          {"first", port.first},
          {"last", port.last}};
}

Json EndpointJson(const Endpoint& endpoint) {
  return {{"network", endpoint.network},
          {"aliases", endpoint.aliases},
          {"ipv4", endpoint.ipv4.has_value() ? endpoint.ipv4->str() : ""},
          {"ipv6", endpoint.ipv6.has_value() ? endpoint.ipv6->str() : ""},
          {"mac", endpoint.mac},
          {"gatewayPriority", endpoint.gateway_priority},
          {"links", endpoint.links}};
}

Endpoint ReadEndpointRecord(const Json& record, JsonFields& fields) {
  JsonFields read(record, "endpoints");
  const auto address = [&](absl::string_view name, bool is_ipv4) {
    const auto fixed = FixedAddress(read.Text(name), is_ipv4);
    read.Note(fixed.status());
    return fixed.value_or(std::nullopt);
  };
  Endpoint endpoint{read.Text("network"),   read.Texts("aliases"), address("ipv4", true),
                    address("ipv6", false), read.Text("mac"),      read.Integer("gatewayPriority"),
                    read.Texts("links")};
  fields.Note(read.status());
  return endpoint;
}

PortRequest ReadPortRecord(const Json& record, JsonFields& fields) {
  JsonFields read(record, "ports");
  const auto number = [&](absl::string_view name) {
    const int64_t port = read.Integer(name);
    if (port < 0 || port > UINT16_MAX) {
      read.Note(Invalid(absl::StrCat(read.PathOf(name), ": no port: ", port)));
    }
    return static_cast<uint16_t>(port);
  };
  PortRequest port{number("port"), read.Text("protocol"), read.Text("ip"), number("first"),
                   number("last")};
  fields.Note(read.status());
  return port;
}

// As far as it can be read, and the first reason why not all of it could.
absl::Status ReadRecord(const Json& record, ContainerNetworking& networking) {
  JsonFields fields(record);
  networking.container_id = fields.Text("container");
  networking.name = fields.Text("name");
  networking.hostname = fields.Text("hostname");
  networking.joined = fields.Text("joined");
  networking.gateway = fields.Text("gateway");
  const int64_t kind = fields.Integer("kind");
  if (kind < 0 || kind > static_cast<int64_t>(NetworkKind::kNetworks)) {
    fields.Note(Invalid(absl::StrCat("kind: unknown: ", kind)));
  } else {
    networking.kind = static_cast<NetworkKind>(kind);
  }
  for (const Json& each : fields.Array("endpoints")) {
    networking.endpoints.push_back(ReadEndpointRecord(each, fields));
  }
  for (const Json& each : fields.Array("ports")) {
    networking.ports.push_back(ReadPortRecord(each, fields));
  }
  for (const std::string& port : fields.Texts("exposed")) {
    networking.exposed.insert(port);
  }
  networking.dns_servers = fields.Texts("dnsServers");
  networking.dns_searches = fields.Texts("dnsSearches");
  networking.dns_options = fields.Texts("dnsOptions");
  networking.without_ipv6 = fields.Flag("withoutIpv6");
  return fields.status();
}

}  // namespace

std::string PortName(uint16_t port, absl::string_view protocol) {
  return absl::StrCat(port, "/", protocol);
}

absl::Status NoFixedAddressIn(absl::string_view network) {
  return Invalid(absl::StrCat("invalid config for network ", network,
                              ": user specified IP address is supported on user defined networks "
                              "only"));
}

absl::Status CheckHasNetworks(NetworkKind kind) {
  if (kind == NetworkKind::kHost || kind == NetworkKind::kContainer) {
    return absl::PermissionDeniedError(
        "container sharing network namespace with another container or host cannot be connected "
        "to any other network");
  }
  return kind == NetworkKind::kNone
             ? absl::PermissionDeniedError(
                   "container cannot be connected to multiple networks with one of the networks in "
                   "private (none) mode")
             : absl::OkStatus();
}

absl::StatusOr<Endpoint> ReadEndpoint(const std::string& network, const Json& settings) {
  JsonFields fields(settings, "EndpointSettings");
  JsonFields ipam(fields.Object("IPAMConfig"), "IPAMConfig");
  Endpoint endpoint;
  endpoint.network = network;
  endpoint.aliases = fields.Texts("Aliases");
  endpoint.links = fields.Texts("Links");
  endpoint.mac = fields.Text("MacAddress");
  endpoint.gateway_priority = fields.Integer("GwPriority");
  if (!fields.TextMap("DriverOpts").empty()) {
    return absl::UnimplementedError("driver options of an endpoint are not supported by Berth yet");
  }
  if (!ipam.Texts("LinkLocalIPs").empty()) {
    return absl::UnimplementedError("link-local addresses are not supported by Berth yet");
  }
  ASSIGN_OR_RETURN(endpoint.ipv4, FixedAddress(ipam.Text("IPv4Address"), true));
  ASSIGN_OR_RETURN(endpoint.ipv6, FixedAddress(ipam.Text("IPv6Address"), false));
  RETURN_IF_ERROR(fields.status());
  RETURN_IF_ERROR(ipam.status());
  RETURN_IF_ERROR(CheckMac(endpoint.mac));
  const bool too_long = absl::c_any_of(
      endpoint.aliases, [](const std::string& alias) { return alias.size() > kMaxName; });
  if (too_long || endpoint.aliases.size() > kMaxAliases || endpoint.links.size() > kMaxAliases) {
    return Invalid("too many or too long aliases, or too many links");
  }
  return endpoint;
}

absl::StatusOr<ContainerNetworking> ReadContainerNetworking(const Json& body) {
  JsonFields fields(body);
  JsonFields host(fields.Object("HostConfig"), "HostConfig");
  ContainerNetworking networking;
  networking.hostname = fields.Text("Hostname");
  const std::string mode = NetworkOfMode(host.Text("NetworkMode"));
  networking.dns_servers = host.Texts("Dns");
  networking.dns_searches = host.Texts("DnsSearch");
  networking.dns_options = host.Texts("DnsOptions");
  networking.without_ipv6 = DisablesIpv6(host.TextMap("Sysctls"));
  networking.kind = KindOf(mode);
  for (const std::string& server : networking.dns_servers) {
    if (!ParseIpAddress(server).has_value()) {
      return Invalid(absl::StrCat("invalid DNS server: ", server));
    }
  }
  RETURN_IF_ERROR(ReadPorts(fields, host, networking));
  if (networking.kind == NetworkKind::kContainer) {
    networking.joined = std::string(absl::StripPrefix(mode, kOfContainer));
  }
  if (networking.kind == NetworkKind::kNetworks) {
    RETURN_IF_ERROR(ReadEndpoints(fields, mode, networking));
    // Of HostConfig, where clients repeat those of the first network.
    Endpoint& first = networking.endpoints[0];
    first.links = first.links.empty() ? host.Texts("Links") : first.links;
  }
  if (networking.kind == NetworkKind::kNone || networking.kind == NetworkKind::kHost) {
    RETURN_IF_ERROR(CheckAsksForNone(fields, mode));
  }
  RETURN_IF_ERROR(fields.status());
  RETURN_IF_ERROR(host.status());
  RETURN_IF_ERROR(CheckModeAllows(networking));
  if (host.Text("UTSMode") == "host" && !networking.hostname.empty()) {
    return Invalid("conflicting options: hostname and the UTS mode");
  }
  return networking;
}

Json NetworkingRecord(const ContainerNetworking& networking) {
  Json record = {{"container", networking.container_id},
                 {"name", networking.name},
                 {"hostname", networking.hostname},
                 {"kind", static_cast<int>(networking.kind)},
                 {"joined", networking.joined},
                 {"endpoints", Json::array()},
                 {"gateway", networking.gateway},
                 {"ports", Json::array()},
                 {"exposed", networking.exposed},
                 {"dnsServers", networking.dns_servers},
                 {"dnsSearches", networking.dns_searches},
                 {"dnsOptions", networking.dns_options},
                 {"withoutIpv6", networking.without_ipv6}};
  for (const Endpoint& endpoint : networking.endpoints) {
    record["endpoints"].push_back(EndpointJson(endpoint));
  }
  for (const PortRequest& port : networking.ports) {
    record["ports"].push_back(PortJson(port));
  }
  return record;
}

ContainerNetworking ReadNetworkingRecord(const std::string& id,
                                         const absl::StatusOr<Json>& record) {
  ContainerNetworking networking;
  absl::Status read = record.status();
  if (record.ok()) {
    read = ReadRecord(*record, networking);
    read.Update(networking.container_id == id
                    ? absl::OkStatus()
                    : absl::DataLossError("container: it is not there, or another one"));
  }
  networking.container_id = id;
  networking.unreadable = std::string(read.message());
  return networking;
}

}  // namespace berth::cri
