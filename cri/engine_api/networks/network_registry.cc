// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/network_registry.h"

#include <net/if.h>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

#include "base/log.h"
#include "base/path.h"
#include "base/random_id.h"
#include "base/status.h"
#include "cri/engine_api/networks/host_routes.h"
#include "cri/engine_api/networks/network_request.h"
#include "cri/engine_api/networks/network_teardown.h"

namespace berth::cri {
namespace {

Network Predefined(const char* name, const char* driver) {
  Network network;
  network.name = name;
  network.driver = driver;
  return network;
}

}  // namespace

absl::StatusOr<std::unique_ptr<NetworkRegistry>> NetworkRegistry::Open(EngineDatabase& database,
                                                                       runtime::PodRuntime& runtime,
                                                                       NetworkOptions options) {
  auto registry =
      std::unique_ptr<NetworkRegistry>(new NetworkRegistry(database, runtime, std::move(options)));
  RETURN_IF_ERROR(registry->Load());
  return registry;
}

absl::Status NetworkRegistry::Load() {
  for (const std::string& text : options_.address_pools) {
    const std::optional<AddressPool> pool = ParseAddressPool(text);
    if (!pool.has_value() || !pool->base.address.is_ipv4) {
      return absl::InvalidArgumentError(
          absl::StrCat("docker.address_pools: \"", text, "\" is no pool of IPv4"));
    }
    pools_.push_back(*pool);
  }
  ASSIGN_OR_RETURN(name_server_, NameServer::Start(options_.names, names_));
  RETURN_IF_ERROR(LoadRecords());
  absl::MutexLock changing(&changing_);
  RETURN_IF_ERROR(MakePredefined());
  PutNamesOfRunning();
  for (const Network& network : List()) {
    ServeNames(network);
  }
  return absl::OkStatus();
}

absl::Status NetworkRegistry::LoadRecords() {
  ASSIGN_OR_RETURN(const auto networks, database_.All(EngineTable::kNetworks));
  ASSIGN_OR_RETURN(const auto members, database_.All(EngineTable::kEndpoints));
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, record] : networks) {
    const Network& network = networks_[id] = ReadNetworkRecord(id, record);
    if (!network.unreadable.empty()) {
      LogUnreadable(EngineTable::kNetworks, id, network.unreadable);
    }
  }
  NameUnreadable();
  for (const auto& [id, record] : members) {
    const ContainerNetworking& read = members_[id].networking = ReadNetworkingRecord(id, record);
    if (!read.unreadable.empty()) {
      LogUnreadable(EngineTable::kEndpoints, id, read.unreadable);
    }
  }
  return absl::OkStatus();
}

// So that nobody is taken for somebody else who asks before Started has come to him, which may wait
// for shims.
void NetworkRegistry::PutNamesOfRunning() {
  for (const runtime::ContainerSnapshot& container : runtime_.Containers()) {
    absl::MutexLock lock(&mutex_);
    const auto found = members_.find(container.id);
    const bool may_run = container.state == runtime::v1::CONTAINER_RUNNING ||
                         container.state == runtime::v1::CONTAINER_UNKNOWN;
    if (found == members_.end() || !may_run) {
      continue;
    }
    if (auto interfaces = runtime_.Interfaces(container.pod_id); interfaces.ok()) {
      Member known;
      known.networking = found->second.networking;
      known.live.interfaces = *std::move(interfaces);
      PutNames(known);
    }
  }
}

// One without a name, or with another's, goes by its id; but the only one is the only one that is
// missing of the three that every daemon makes.
void NetworkRegistry::NameUnreadable() {
  std::set<std::string> names;
  std::vector<Network*> unreadable;
  for (auto& [id, network] : networks_) {
    if (network.unreadable.empty()) {
      names.insert(network.name);
    } else {
      unreadable.push_back(&network);
    }
  }
  std::erase_if(unreadable, [&](const Network* each) {
    return !each->name.empty() && names.insert(each->name).second;
  });
  std::set<std::string> missing = {kBridgeNetwork, kHostNetwork, kNoNetwork};
  std::erase_if(missing, [&](const std::string& name) { return names.count(name) != 0; });
  const bool is_it = unreadable.size() == 1 && missing.size() == 1;
  for (Network* each : unreadable) {
    each->name = is_it ? *missing.begin() : each->id;
  }
}

absl::Status NetworkRegistry::MakeOrStandIn(Network wanted) {
  const absl::StatusOr<Network> present = Find(wanted.name);
  if (!present.ok()) {
    return Make(std::move(wanted)).status();
  }
  if (present->unreadable.empty()) {
    return absl::OkStatus();
  }
  wanted.id = present->id;
  wanted.created_at = present->created_at;
  if (wanted.is_bridge() && !present->subnets.empty()) {
    wanted.subnets = present->subnets;
  } else if (wanted.is_bridge()) {
    ASSIGN_OR_RETURN(wanted, WithSubnets(std::move(wanted), pools_, Taken()));
  }
  absl::MutexLock lock(&mutex_);
  networks_[wanted.id] = std::move(wanted);
  return absl::OkStatus();
}

absl::Status NetworkRegistry::MakePredefined() {
  RETURN_IF_ERROR(MakeOrStandIn(Predefined(kHostNetwork, "host")));
  RETURN_IF_ERROR(MakeOrStandIn(Predefined(kNoNetwork, "null")));
  const std::optional<IpPrefix> subnet = ParseIpPrefix(options_.bridge_subnet);
  if (!subnet.has_value() || !subnet->address.is_ipv4) {
    return absl::InvalidArgumentError(
        absl::StrCat("docker.bridge_subnet: \"", options_.bridge_subnet, "\" is none of IPv4"));
  }
  const absl::StatusOr<Network> made = Find(kBridgeNetwork);
  if (made.ok() && made->unreadable.empty()) {
    return FollowOptions(*made, *subnet);
  }
  Network bridge = Predefined(kBridgeNetwork, "bridge");
  bridge.options[kBridgeNameOption] = options_.bridge;
  if (IsFree(*subnet, nullptr)) {
    bridge.subnets.push_back({*subnet, subnet->First(), std::nullopt});
  }
  return MakeOrStandIn(std::move(bridge));
}

// What another engine on the node has, or somebody's VPN, is not.
bool NetworkRegistry::IsFree(const IpPrefix& subnet, const Network* besides) const {
  return absl::c_none_of(Taken(), [&](const IpPrefix& other) {
    const bool is_own =
        besides != nullptr &&
        absl::c_any_of(besides->subnets, [&](const auto& own) { return own.prefix == other; });
    return !is_own && other.Overlaps(subnet);
  });
}

bool NetworkRegistry::HasPods(const Network& network) const {
  const auto is_in = [&](const runtime::AttachedInterface& interface) {
    return interface.network == network.cni_name();
  };
  return absl::c_any_of(runtime_.Pods(), [&](const runtime::PodSnapshot& pod) {
    const auto interfaces = runtime_.Interfaces(pod.id);
    LogIfError(interfaces.status(), absl::StrCat("it is not known what pod ", pod.id, " is in"));
    return !interfaces.ok() || absl::c_any_of(*interfaces, is_in);
  });
}

// The network as the options have it now, as far as that can be had.
Network NetworkRegistry::WithOptions(const Network& bridge, const IpPrefix& subnet) const {
  Network wanted = bridge;
  const std::vector<Network> all = List();
  const auto has_name = [&](const Network& other) {
    return other.is_bridge() && other.id != bridge.id && other.bridge() == options_.bridge;
  };
  if (absl::c_none_of(all, has_name)) {
    wanted.options[kBridgeNameOption] = options_.bridge;
  } else {
    LogWarning("docker.bridge is another network's; the network bridge stays as it is",
               {{"docker.bridge", options_.bridge}, {"in force", bridge.bridge()}});
  }
  const Subnet* const present = bridge.ipv4();
  if (present != nullptr && present->prefix == subnet) {
    return wanted;
  }
  if (IsFree(subnet, &bridge)) {
    wanted.subnets = {{subnet, subnet.First(), std::nullopt}};
  } else {
    LogInfo("docker.bridge_subnet is taken on this node; the network bridge has another",
            {{"docker.bridge_subnet", subnet.str()},
             {"in force", present == nullptr ? "" : present->prefix.str()}});
  }
  return wanted;
}

// Options that have changed since the network was made take effect as soon as nobody is in it.
absl::Status NetworkRegistry::FollowOptions(const Network& bridge, const IpPrefix& subnet) {
  const Network wanted = WithOptions(bridge, subnet);
  if (wanted.options == bridge.options && wanted.subnets == bridge.subnets) {
    return absl::OkStatus();
  }
  if (HasPods(bridge)) {
    LogWarning(
        "docker.bridge and docker.bridge_subnet have changed; they take effect at a start at which "
        "no container of the network bridge runs",
        {{"bridge", bridge.bridge()}});
    return absl::OkStatus();
  }
  LogIfError(TearDownNetwork(Call(), bridge, JoinPath(options_.root, "networks")),
             "the bridge of before stays");
  RETURN_IF_ERROR(database_.Put(EngineTable::kNetworks, wanted.id, NetworkRecord(wanted)));
  LogInfo("the network bridge has changed",
          {{"bridge", wanted.bridge()}, {"subnet", wanted.ipv4()->prefix.str()}});
  absl::MutexLock lock(&mutex_);
  networks_[wanted.id] = wanted;
  return absl::OkStatus();
}

std::vector<IpPrefix> NetworkRegistry::Taken() const {
  // The bridge may be there without a record, where engine.db was lost.
  std::vector<IpPrefix> taken = ReadRoutes(options_.bridge);
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, network] : networks_) {
    for (const Subnet& subnet : network.subnets) {
      taken.push_back(subnet.prefix);
    }
  }
  return taken;
}

absl::Status NetworkRegistry::CheckNew(const Network& wanted) const {
  if (wanted.predefined()) {
    return absl::PermissionDeniedError(
        absl::StrCat("operation is not permitted on predefined ", wanted.name, " network "));
  }
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, network] : networks_) {
    if (network.name == wanted.name) {
      return absl::AlreadyExistsError(
          absl::StrCat("network with name ", wanted.name, " already exists"));
    }
    if (network.is_bridge() && wanted.options.count(kBridgeNameOption) != 0 &&
        network.bridge() == wanted.options.at(kBridgeNameOption)) {
      return absl::PermissionDeniedError(
          absl::StrCat("cannot create network ", wanted.name, ": conflicts with network ", id, " (",
                       network.name, "): networks have same bridge name"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Network> NetworkRegistry::Create(Network wanted) {
  absl::MutexLock changing(&changing_);
  RETURN_IF_ERROR(CheckNew(wanted));
  if (const auto named = wanted.options.find(kBridgeNameOption);
      named != wanted.options.end() && if_nametoindex(named->second.c_str()) != 0) {
    return absl::PermissionDeniedError(absl::StrCat("cannot create network ", wanted.name,
                                                    ": there is an interface ", named->second));
  }
  ASSIGN_OR_RETURN(Network made, Make(std::move(wanted)));
  ServeNames(made);
  return made;
}

absl::StatusOr<Network> NetworkRegistry::Make(Network wanted) {
  wanted.id = RandomId();
  wanted.created_at = absl::ToUnixNanos(clock_.Now());
  if (wanted.is_bridge()) {
    ASSIGN_OR_RETURN(wanted, WithSubnets(std::move(wanted), pools_, Taken()));
  }
  RETURN_IF_ERROR(database_.Put(EngineTable::kNetworks, wanted.id, NetworkRecord(wanted)));
  absl::MutexLock lock(&mutex_);
  networks_[wanted.id] = wanted;
  return wanted;
}

absl::StatusOr<const Network*> NetworkRegistry::At(absl::string_view name) const {
  const Network* by_prefix = nullptr;
  for (const auto& [id, network] : networks_) {
    if (leaving_.count(id) != 0) {
      continue;
    }
    if (network.name == name || id == name) {
      return &network;
    }
    if (!name.empty() && absl::StartsWith(id, name)) {
      if (by_prefix != nullptr) {
        return absl::InvalidArgumentError(
            absl::StrCat("network ", name, " is ambiguous (2 matches found on ID prefix)"));
      }
      by_prefix = &network;
    }
  }
  if (by_prefix == nullptr) {
    return absl::NotFoundError(absl::StrCat("network ", name, " not found"));
  }
  return by_prefix;
}

absl::StatusOr<Network> NetworkRegistry::Find(absl::string_view name) const {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(const Network* network, At(name));
  return *network;
}

std::vector<Network> NetworkRegistry::List() const {
  absl::MutexLock lock(&mutex_);
  std::vector<Network> list;
  for (const auto& [id, network] : networks_) {
    list.push_back(network);
  }
  absl::c_sort(list, [](const Network& a, const Network& b) { return a.name < b.name; });
  return list;
}

// Of those that run, or are about to. The interfaces say it of one whose record cannot be read.
std::string NetworkRegistry::Members(const Network& network) const {
  std::vector<std::string> found;
  for (const auto& [id, member] : members_) {
    const auto in_network = [&](const Endpoint& each) { return each.network == network.id; };
    const auto is_its = [&](const auto& interface) {
      return interface.network == network.cni_name();
    };
    if ((member.claimed && absl::c_any_of(member.networking.endpoints, in_network)) ||
        absl::c_any_of(member.live.interfaces, is_its)) {
      found.push_back(absl::StrCat("name:\"", member.networking.name, "\" id:\"", id, "\""));
    }
  }
  return absl::StrJoin(found, ", ");
}

// From its return on nobody finds it, and no container that starts can be in it.
absl::StatusOr<Network> NetworkRegistry::BeginRemoval(const Call& call, absl::string_view name) {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(const Network* found, At(name));
  const std::string id = found->id;
  RETURN_IF_ERROR(AwaitEndings(call, [&id](const Member& member) {
    return absl::c_any_of(member.networking.endpoints,
                          [&id](const Endpoint& each) { return each.network == id; });
  }));
  ASSIGN_OR_RETURN(found, At(id));  // somebody else may have removed it meanwhile
  if (found->predefined()) {
    return absl::PermissionDeniedError(
        absl::StrCat(found->name, " is a pre-defined network and cannot be removed"));
  }
  if (const std::string members = Members(*found); !members.empty()) {
    return absl::PermissionDeniedError(absl::StrCat("error while removing network: network ",
                                                    found->name, " id ", found->id,
                                                    " has active endpoints (", members, ")"));
  }
  leaving_.insert(found->id);
  return *found;
}

// The record goes last: what a daemon that is killed leaves behind still has a name.
absl::Status NetworkRegistry::Remove(const Call& call, absl::string_view name) {
  ASSIGN_OR_RETURN(const Network network, BeginRemoval(call, name));
  if (name_server_ != nullptr) {
    name_server_->Stop(network.id);
  }
  absl::Status removed = TearDownNetwork(call, network, JoinPath(options_.root, "networks"));
  absl::MutexLock changing(&changing_);
  if (removed.ok()) {
    removed = database_.Remove(EngineTable::kNetworks, network.id);
  }
  if (!removed.ok()) {
    ServeNames(network);  // before the next removal can find it
  }
  absl::MutexLock lock(&mutex_);
  leaving_.erase(network.id);
  if (removed.ok()) {
    networks_.erase(network.id);
  }
  return removed;
}

std::vector<NetworkMember> NetworkRegistry::MembersOf(const Network& network) const {
  absl::MutexLock lock(&mutex_);
  std::vector<NetworkMember> list;
  for (const auto& [id, member] : members_) {
    for (const runtime::AttachedInterface& interface : member.live.interfaces) {
      if (interface.network != network.cni_name()) {
        continue;
      }
      NetworkMember& told = list.emplace_back();
      told.container_id = id;
      told.name = member.networking.name;
      told.mac = interface.mac;
      for (const std::string& address : interface.addresses) {
        (absl::StrContains(address, ":") ? told.ipv6 : told.ipv4) = address;
      }
    }
  }
  return list;
}

bool NetworkRegistry::IsUsed(const Network& network) const {
  absl::MutexLock lock(&mutex_);
  return absl::c_any_of(members_, [&](const auto& member) {
    const ContainerNetworking& networking = member.second.networking;
    return !networking.unreadable.empty() ||
           absl::c_any_of(networking.endpoints,
                          [&](const Endpoint& each) { return each.network == network.id; });
  });
}

// The default network knows no names; its containers need ours only to reach the node's servers.
void NetworkRegistry::ServeNames(const Network& network) {
  if (!network.is_bridge() || network.ipv4() == nullptr ||
      (network.name == kBridgeNetwork && !NodesServersAreLocal())) {
    return;
  }
  const Subnet& subnet = *network.ipv4();
  const ServedNetwork served = {network.id, network.bridge(), subnet.gateway, subnet.prefix,
                                !network.internal};
  LogIfError(name_server_->Serve(served, options_.names_port).status(),
             absl::StrCat("network ", network.name, " has no name server"));
}

}  // namespace berth::cri
