// SPDX-License-Identifier: Apache-2.0
// The part of NetworkRegistry that is about containers.
#include <iterator>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/ip_address.h"
#include "base/log.h"
#include "base/path.h"
#include "base/short_id.h"
#include "base/status.h"
#include "cri/engine_api/networks/conflist.h"
#include "cri/engine_api/networks/gateway.h"
#include "cri/engine_api/networks/host_ports.h"
#include "cri/engine_api/networks/network_isolation.h"
#include "cri/engine_api/networks/network_registry.h"
#include "cri/engine_api/networks/upstream_query.h"

namespace berth::cri {
namespace {

PublishedPort PublishedPortOf(const runtime::v1::PortMapping& port) {
  return {static_cast<uint16_t>(port.container_port()),
          absl::AsciiStrToLower(runtime::v1::Protocol_Name(port.protocol())), port.host_ip(),
          static_cast<uint16_t>(port.host_port())};
}

// Of pods that are not ours, whose ports are taken, too.
void AddPortsOfPods(const runtime::PodRuntime& runtime, std::vector<PublishedPort>& taken) {
  for (const runtime::PodSnapshot& pod : runtime.Pods()) {
    if (pod.extras.owner == runtime::PodOwner::kEngine || pod.network.ips.empty()) {
      continue;
    }
    for (const runtime::v1::PortMapping& port : pod.config.port_mappings()) {
      taken.push_back(PublishedPortOf(port));
    }
  }
}

// Whether the request can be for a port that is among `published`.
bool MayBeOne(const PortRequest& request, const std::vector<PublishedPort>& published) {
  return request.first != 0 && absl::c_any_of(published, [&](const PublishedPort& port) {
           return port.protocol == request.protocol && port.host_port >= request.first &&
                  port.host_port <= request.last;
         });
}

// That it has in the network.
std::vector<IpAddress> AddressesIn(const LiveNetworking& live, const Network& network) {
  std::vector<IpAddress> addresses;
  for (const runtime::AttachedInterface& interface : live.interfaces) {
    for (const std::string& address : interface.addresses) {
      const std::optional<IpAddress> ip = ParseIpAddress(address.substr(0, address.find('/')));
      if (interface.network == network.cni_name() && ip.has_value()) {
        addresses.push_back(*ip);
      }
    }
  }
  return addresses;
}

bool IsNdots(absl::string_view option) {
  return absl::StartsWith(option, "ndots:");
}

void CompleteByNode(const ResolvConf& node, PodNetworking& plan) {
  if (plan.dns_servers.empty()) {
    absl::c_transform(ServersOf(node), std::back_inserter(plan.dns_servers),
                      [](const IpAddress& server) { return server.str(); });
  }
  plan.dns_searches = plan.dns_searches.empty() ? node.searches : plan.dns_searches;
  plan.dns_options = plan.dns_options.empty() ? node.options : plan.dns_options;
}

bool HasEndpointIn(const ContainerNetworking& networking, const std::string& network) {
  return absl::c_any_of(networking.endpoints,
                        [&](const Endpoint& each) { return each.network == network; });
}

// Whether `wanted` asks for ports or addresses that the other may have.
bool MayCollide(const ContainerNetworking& wanted, const ContainerNetworking& other,
                const std::vector<PublishedPort>& published) {
  return absl::c_any_of(wanted.ports,
                        [&](const PortRequest& port) { return MayBeOne(port, published); }) ||
         absl::c_any_of(wanted.endpoints, [&](const Endpoint& endpoint) {
           return (endpoint.ipv4.has_value() || endpoint.ipv6.has_value()) &&
                  HasEndpointIn(other, endpoint.network);
         });
}

// Until there is a way out nothing leads to it: by which versions is not known.
HostVersions VersionsOf(const ContainerNetworking& networking,
                        const std::map<std::string, Network>& networks) {
  const auto gateway = networks.find(networking.gateway);
  return gateway == networks.end() || (gateway->second.enable_ipv6 && !networking.without_ipv6)
             ? HostVersions::kBoth
             : HostVersions::kIpv4;
}

}  // namespace

absl::Status NetworkRegistry::CheckEndpoint(const Network& network,
                                            const Endpoint& endpoint) const {
  RETURN_IF_ERROR(CheckReadable(absl::StrCat("the network ", network.id), network.unreadable));
  if (!network.is_bridge()) {
    return absl::PermissionDeniedError(absl::StrCat(
        "container cannot be connected to multiple networks with one of the networks in ",
        network.name == kHostNetwork ? "host" : "private (none)", " mode"));
  }
  if (network.name == kBridgeNetwork && (endpoint.ipv4.has_value() || endpoint.ipv6.has_value())) {
    return NoFixedAddressIn(network.name);
  }
  if (network.name == kBridgeNetwork && !endpoint.aliases.empty()) {
    return absl::InvalidArgumentError(
        "invalid config for network bridge: network-scoped aliases are only supported for user "
        "defined networks");
  }
  for (const std::optional<IpAddress>& address : {endpoint.ipv4, endpoint.ipv6}) {
    const auto has = [&](const Subnet& subnet) { return subnet.prefix.Contains(*address); };
    if (address.has_value() && absl::c_none_of(network.subnets, has)) {
      return absl::InvalidArgumentError(absl::StrCat("invalid config for network ", network.name,
                                                     ": no configured subnet contains IP address ",
                                                     address->str()));
    }
  }
  return absl::OkStatus();
}

// Before the plugin, which says it in words of its own.
absl::Status NetworkRegistry::CheckAddressIsFree(const std::string& container_id,
                                                 const Network& network,
                                                 const Endpoint& endpoint) const {
  if (!endpoint.ipv4.has_value() && !endpoint.ipv6.has_value()) {
    return absl::OkStatus();
  }
  for (const auto& [id, member] : members_) {
    for (const IpAddress& taken : AddressesIn(member.live, network)) {
      if (id != container_id && (taken == endpoint.ipv4 || taken == endpoint.ipv6)) {
        return absl::PermissionDeniedError("Address already in use");
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<NetworkRegistry::Member*> NetworkRegistry::FindMember(
    const std::string& container_id) {
  const auto found = members_.find(container_id);
  if (found == members_.end()) {
    return absl::NotFoundError(absl::StrCat("No such container: ", container_id));
  }
  RETURN_IF_ERROR(CheckReadable(absl::StrCat("the container ", container_id, " and its networks"),
                                found->second.networking.unreadable));
  return &found->second;
}

bool NetworkRegistry::NodesServersAreLocal() const {
  const std::vector<std::string> servers = ReadResolvConf(options_.names.resolv_conf).servers;
  return !servers.empty() && absl::c_all_of(servers, IsLoopbackAddress);
}

absl::Status NetworkRegistry::Save(const ContainerNetworking& networking) {
  return database_.Put(EngineTable::kEndpoints, networking.container_id,
                       NetworkingRecord(networking));
}

absl::Status NetworkRegistry::Add(ContainerNetworking networking) {
  absl::MutexLock changing(&changing_);
  {
    absl::MutexLock lock(&mutex_);
    for (Endpoint& endpoint : networking.endpoints) {
      ASSIGN_OR_RETURN(const Network* network, At(endpoint.network));
      RETURN_IF_ERROR(CheckEndpoint(*network, endpoint));
      endpoint.network = network->id;
    }
  }
  RETURN_IF_ERROR(Save(networking));
  const std::string id = networking.container_id;
  absl::MutexLock lock(&mutex_);
  members_[id].networking = std::move(networking);
  return absl::OkStatus();
}

void NetworkRegistry::ForgetAllBut(
    const std::function<bool(const std::string& container_id)>& exists) {
  std::vector<std::string> ids;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, member] : members_) {
      ids.push_back(id);
    }
  }
  for (const std::string& id : ids) {
    if (!exists(id)) {
      Forget(id);
    }
  }
}

void NetworkRegistry::Forget(const std::string& container_id) {
  Stopped(container_id);
  absl::MutexLock changing(&changing_);
  LogIfError(database_.Remove(EngineTable::kEndpoints, container_id),
             "the networks of a container stay on record");
  absl::MutexLock lock(&mutex_);
  members_.erase(container_id);
}

void NetworkRegistry::Rename(const std::string& container_id, const std::string& name) {
  absl::MutexLock changing(&changing_);
  ContainerNetworking renamed;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = members_.find(container_id);
    if (found == members_.end() || !found->second.networking.unreadable.empty()) {
      return;
    }
    found->second.networking.name = name;
    PutNames(found->second);
    renamed = found->second.networking;
  }
  LogIfError(Save(renamed), "a container's old name stays on record");
}

std::vector<PublishedPort> NetworkRegistry::TakenPorts() const {
  std::vector<PublishedPort> taken;
  for (const auto& [id, member] : members_) {
    taken.insert(taken.end(), member.live.ports.begin(), member.live.ports.end());
  }
  return taken;
}

std::string NetworkRegistry::Config(const ContainerNetworking& networking, const Network& network,
                                    const Endpoint& endpoint, bool is_gateway) const {
  EndpointPlan plan;
  plan.ipv4 = endpoint.ipv4;
  plan.ipv6 = endpoint.ipv6;
  plan.without_ipv6 = networking.without_ipv6;
  plan.mac = endpoint.mac;
  plan.default_route = is_gateway;
  plan.publishes_ports = is_gateway;
  return MakeConflist(network, plan, JoinPath(options_.root, "networks"));
}

// In networks that were made by people the name server of the first one answers; it knows the names
// of all that the container is in. The default network knows none. What is not said is the node's.
void NetworkRegistry::PlanNames(const StartFacts& facts, PodNetworking& plan) const {
  plan.dns_searches = facts.networking.dns_searches;
  plan.dns_options = facts.networking.dns_options;
  const Network* served = nullptr;
  const Network* first = nullptr;
  for (const Endpoint& endpoint : facts.networking.endpoints) {
    const Network& network = facts.networks.at(endpoint.network);
    first = first == nullptr ? &network : first;
    if (served == nullptr && network.name != kBridgeNetwork) {
      served = &network;
    }
  }
  if (served == nullptr) {
    plan.dns_servers = facts.networking.dns_servers;
    if (plan.dns_servers.empty() && NodesServersAreLocal() && first != nullptr) {
      served = first;
    }
  }
  if (served != nullptr) {
    plan.dns_servers = {served->ipv4()->gateway.str()};
  }
  if (!plan.dns_servers.empty() || !plan.dns_searches.empty() || !plan.dns_options.empty()) {
    CompleteByNode(ReadResolvConf(options_.names.resolv_conf), plan);
  }
  if (served != nullptr && absl::c_none_of(plan.dns_options, IsNdots)) {
    plan.dns_options.push_back("ndots:0");
  }
}

absl::Status NetworkRegistry::AwaitEndings(const Call& call,
                                           absl::FunctionRef<bool(const Member&)> concerns) {
  const auto settled = [this, concerns]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return absl::c_none_of(members_, [concerns](const auto& member) {
      return member.second.ending && concerns(member.second);
    });
  };
  return Await(mutex_, absl::Condition(&settled), call);
}

absl::Status NetworkRegistry::AwaitWhatIsFixed(const Call& call, const std::string& container_id) {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(const Member* const member, FindMember(container_id));
  const ContainerNetworking wanted = member->networking;
  return AwaitEndings(call, [&wanted](const Member& other) {
    return MayCollide(wanted, other.networking, other.live.ports);
  });
}

absl::Status NetworkRegistry::PlanNetworks(const StartFacts& facts, PodNetworking& plan) const {
  for (const Endpoint& endpoint : facts.networking.endpoints) {
    const Network& network = facts.networks.at(endpoint.network);
    RETURN_IF_ERROR(network.internal ? CloseToOutside(network) : absl::OkStatus());
    const bool is_gateway = endpoint.network == facts.networking.gateway;
    plan.networks.push_back({Config(facts.networking, network, endpoint, is_gateway),
                             absl::StrCat("eth", plan.networks.size())});
    if ((is_gateway || plan.gateway.empty()) && network.ipv4() != nullptr) {
      plan.gateway = network.ipv4()->gateway.str();
    }
  }
  if (plan.kind == NetworkKind::kHost) {
    plan.gateway = "127.0.0.1";
  }
  return absl::OkStatus();
}

// From its return on the networks that it is in stay.
absl::StatusOr<NetworkRegistry::StartFacts> NetworkRegistry::Claim(
    const std::string& container_id) {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(Member* const member, FindMember(container_id));
  StartFacts facts;
  for (const Endpoint& endpoint : member->networking.endpoints) {
    ASSIGN_OR_RETURN(const Network* network, At(endpoint.network));
    RETURN_IF_ERROR(CheckReadable(absl::StrCat("the network ", network->id), network->unreadable));
    RETURN_IF_ERROR(CheckAddressIsFree(container_id, *network, endpoint));
    facts.networks[network->id] = *network;
  }
  member->networking.gateway = ChooseGateway(member->networking.endpoints, networks_);
  member->claimed = true;
  member->live = {};
  facts.networking = member->networking;
  facts.taken_ports = TakenPorts();
  return facts;
}

absl::StatusOr<PodNetworking> NetworkRegistry::PlanClaimed(const StartFacts& facts) {
  RETURN_IF_ERROR(Save(facts.networking));
  PodNetworking plan;
  plan.kind = facts.networking.kind;
  plan.joined = facts.networking.joined;
  RETURN_IF_ERROR(PlanNetworks(facts, plan));
  if (plan.kind == NetworkKind::kNetworks && !plan.networks.empty()) {
    std::vector<PublishedPort> taken = facts.taken_ports;
    AddPortsOfPods(runtime_, taken);
    ASSIGN_OR_RETURN(plan.ports, ChooseHostPorts(facts.networking.ports, taken,
                                                 VersionsOf(facts.networking, facts.networks)));
  }
  PlanNames(facts, plan);
  return plan;
}

absl::StatusOr<PodNetworking> NetworkRegistry::PlanStart(const Call& call,
                                                         const std::string& container_id) {
  RETURN_IF_ERROR(AwaitWhatIsFixed(call, container_id));
  absl::MutexLock changing(&changing_);  // no two choose the same port
  ASSIGN_OR_RETURN(const StartFacts facts, Claim(container_id));
  absl::StatusOr<PodNetworking> plan = PlanClaimed(facts);
  if (!plan.ok()) {
    Stopped(container_id);
    return plan;
  }
  absl::MutexLock lock(&mutex_);
  if (const auto found = members_.find(container_id); found != members_.end()) {
    found->second.live.ports = plan->ports;
  }
  return plan;
}

// As much as the runtime knows of the pod.
void NetworkRegistry::Refresh(const std::string& container_id, const std::string& pod_id) {
  absl::StatusOr<std::vector<runtime::AttachedInterface>> interfaces = runtime_.Interfaces(pod_id);
  LogIfError(interfaces.status(), "a container's interfaces are not known");
  absl::MutexLock lock(&mutex_);
  const auto found = members_.find(container_id);
  if (found != members_.end() && found->second.live.pod_id == pod_id) {
    found->second.live.interfaces =
        std::move(interfaces).value_or(std::vector<runtime::AttachedInterface>());
    PutNames(found->second);
  }
}

absl::Status NetworkRegistry::Started(const std::string& container_id, const std::string& pod_id) {
  const absl::StatusOr<runtime::PodSnapshot> pod = runtime_.FindPod(pod_id);
  std::vector<Network> networks;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = members_.find(container_id);
    if (found == members_.end() || !pod.ok()) {
      return absl::OkStatus();  // removed meanwhile
    }
    Member& member = found->second;
    member.claimed = true;
    member.live = {};
    member.live.pod_id = pod_id;
    member.live.namespace_path = pod->network_namespace;
    for (const runtime::v1::PortMapping& port : pod->config.port_mappings()) {
      member.live.ports.push_back(PublishedPortOf(port));
    }
    for (const Endpoint& endpoint : member.networking.endpoints) {
      const auto network = networks_.find(endpoint.network);
      if (network != networks_.end()) {
        networks.push_back(network->second);
      }
    }
  }
  Refresh(container_id, pod_id);
  for (const Network& network : networks) {
    RETURN_IF_ERROR(Annotate(network.internal ? CloseToOutside(network) : absl::OkStatus(),
                             absl::StrCat("close the internal network ", network.name)));
    RETURN_IF_ERROR(Annotate(network.connects() ? absl::OkStatus() : KeepApart(network),
                             absl::StrCat("keep apart who is in the network ", network.name)));
  }
  return absl::OkStatus();
}

void NetworkRegistry::Ending(const std::string& container_id) {
  absl::MutexLock lock(&mutex_);
  if (const auto found = members_.find(container_id); found != members_.end()) {
    found->second.ending = true;
  }
}

void NetworkRegistry::Stopped(const std::string& container_id) {
  absl::MutexLock lock(&mutex_);
  const auto found = members_.find(container_id);
  if (found != members_.end()) {
    RemoveNames(found->second);
    found->second.claimed = false;
    found->second.ending = false;
    found->second.live = {};
  }
}

void NetworkRegistry::PutNames(const Member& member) {
  const ContainerNetworking& networking = member.networking;
  const bool has_way_out = !ChooseGateway(networking.endpoints, networks_).empty();
  for (const Endpoint& endpoint : networking.endpoints) {
    const auto found = networks_.find(endpoint.network);
    if (found == networks_.end() || found->second.name == kBridgeNetwork) {
      continue;
    }
    const Network& network = found->second;
    NamedContainer named;
    named.name = absl::StrCat(networking.name, ".", network.name);
    named.has_way_out = has_way_out;
    named.dns_servers =
        has_way_out ? networking.dns_servers
                    : ServersInside(networking.dns_servers, networking.endpoints, networks_);
    for (const std::string& link : endpoint.links) {
      const std::pair<std::string, std::string> parts =
          absl::StrSplit(link, absl::MaxSplits(':', 1));
      const std::string name(absl::StripPrefix(parts.first, "/"));
      named.links[parts.second.empty() ? name : parts.second] = name;
    }
    named.names = {networking.name, ShortId(networking.container_id), networking.container_id};
    named.names.insert(endpoint.aliases.begin(), endpoint.aliases.end());
    if (!networking.hostname.empty()) {
      named.names.insert(networking.hostname);
    }
    for (const std::string& name : std::set<std::string>(named.names)) {
      named.names.insert(absl::StrCat(name, ".", network.name));
    }
    named.addresses = AddressesIn(member.live, network);
    if (named.addresses.empty()) {
      names_.Remove(network.id, networking.container_id);
    } else {
      names_.Put(network.id, networking.container_id, named);
    }
  }
}

void NetworkRegistry::RemoveNames(const Member& member) {
  for (const Endpoint& endpoint : member.networking.endpoints) {
    names_.Remove(endpoint.network, member.networking.container_id);
  }
}

Json NetworkRegistry::Settings(const std::string& container_id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = members_.find(container_id);
  const Member& member = found == members_.end() ? Member() : found->second;
  return NetworkSettings(member.networking, networks_,
                         member.live.pod_id.empty() ? nullptr : &member.live);
}

Json NetworkRegistry::Ports(const std::string& container_id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = members_.find(container_id);
  return found == members_.end() || found->second.live.pod_id.empty()
             ? Json::array()
             : PortList(found->second.networking, networks_, &found->second.live);
}

}  // namespace berth::cri
