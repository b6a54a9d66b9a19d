// SPDX-License-Identifier: Apache-2.0
// The part of NetworkRegistry that puts containers into networks and takes them out while they may
// run.
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/status.h"
#include "cri/engine_api/networks/gateway.h"
#include "cri/engine_api/networks/network_isolation.h"
#include "cri/engine_api/networks/network_registry.h"

namespace berth::cri {
namespace {

constexpr absl::Duration kMoveTimeout = absl::Minutes(1);  // and for the way back

// The first that the pod does not have.
std::string FreeInterface(const LiveNetworking& live) {
  for (size_t index = 0;; ++index) {
    std::string name = absl::StrCat("eth", index);
    if (absl::c_none_of(live.interfaces,
                        [&](const auto& each) { return each.interface == name; })) {
      return name;
    }
  }
}

absl::Status CheckIsNew(const ContainerNetworking& networking, const Network& network) {
  const auto is_it = [&](const Endpoint& endpoint) { return endpoint.network == network.id; };
  if (absl::c_any_of(networking.endpoints, is_it)) {
    return absl::PermissionDeniedError(absl::StrCat("endpoint with name ", networking.name,
                                                    " already exists in network ", network.name));
  }
  return networking.endpoints.size() >= kMaxEndpoints
             ? absl::InvalidArgumentError(
                   absl::StrCat("a container in more than ", kMaxEndpoints, " networks"))
             : absl::OkStatus();
}

}  // namespace

absl::StatusOr<ContainerNetworking> NetworkRegistry::DropEndpoint(const std::string& container_id,
                                                                  const std::string& network_id) {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(Member* const member, FindMember(container_id));
  ContainerNetworking& networking = member->networking;
  std::erase_if(networking.endpoints, [&](const Endpoint& e) { return e.network == network_id; });
  if (networking.gateway == network_id) {
    networking.gateway.clear();
  }
  return networking;
}

absl::Status NetworkRegistry::RemoveEndpoint(const std::string& container_id,
                                             const std::string& network_id) {
  absl::MutexLock changing(&changing_);
  ASSIGN_OR_RETURN(const ContainerNetworking changed, DropEndpoint(container_id, network_id));
  return Save(changed);
}

absl::StatusOr<NetworkRegistry::Connection> NetworkRegistry::AddEndpoint(
    absl::string_view network_name, const std::string& container_id, Endpoint endpoint) {
  absl::MutexLock changing(&changing_);
  Connection made;
  ContainerNetworking changed;
  {
    absl::MutexLock lock(&mutex_);
    ASSIGN_OR_RETURN(Member* const member, FindMember(container_id));
    ContainerNetworking& networking = member->networking;
    ASSIGN_OR_RETURN(const Network* network, At(network_name));
    RETURN_IF_ERROR(CheckHasNetworks(networking.kind));
    RETURN_IF_ERROR(CheckEndpoint(*network, endpoint));
    RETURN_IF_ERROR(CheckIsNew(networking, *network));
    made.network = *network;
    made.pod_id = member->live.pod_id;
    RETURN_IF_ERROR(made.pod_id.empty() ? absl::OkStatus()
                                        : CheckAddressIsFree(container_id, *network, endpoint));
    endpoint.network = network->id;
    // What a container has while it runs is not taken from another network.
    const bool is_gateway = networking.gateway.empty() && !network->internal;
    made.choice = {Config(networking, *network, endpoint, is_gateway), FreeInterface(member->live)};
    if (!made.pod_id.empty() && is_gateway) {
      networking.gateway = network->id;
    }
    networking.endpoints.push_back(std::move(endpoint));
    changed = networking;
  }
  absl::Status done = Save(changed);
  if (done.ok() && made.network.internal && !made.pod_id.empty()) {
    done = CloseToOutside(made.network);
  }
  if (!done.ok()) {
    LogIfError(DropEndpoint(container_id, made.network.id).status(),
               "an endpoint that failed stays");
    return done;
  }
  return made;
}

void NetworkRegistry::LetPublished() {
  bool has_networks = false;
  bool has_ipv6 = false;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, member] : members_) {
      for (const Endpoint& endpoint : member.networking.endpoints) {
        const auto network = networks_.find(endpoint.network);
        if (!member.live.pod_id.empty() && network != networks_.end()) {
          has_networks = true;
          has_ipv6 |= network->second.enable_ipv6 && !member.networking.without_ipv6;
        }
      }
    }
  }
  if (has_networks) {
    LogIfError(LetPublishedThrough(has_ipv6),
               "published ports may not be there for other networks");
  }
}

absl::Status NetworkRegistry::Connect(const Call& call, absl::string_view network_name,
                                      const std::string& container_id, Endpoint endpoint) {
  ASSIGN_OR_RETURN(const Connection made,
                   AddEndpoint(network_name, container_id, std::move(endpoint)));
  if (made.pod_id.empty()) {
    return absl::OkStatus();
  }
  absl::Status attached = runtime_.AttachNetwork(call, made.pod_id, made.choice);
  if (attached.ok() && !made.network.connects()) {
    attached = KeepApart(made.network);
    LogIfError(attached.ok() ? attached
                             : runtime_.DetachNetwork(call, made.pod_id, made.network.cni_name()),
               "an endpoint that failed stays attached");
  }
  if (!attached.ok()) {
    LogIfError(RemoveEndpoint(container_id, made.network.id),
               "an endpoint that failed stays on record");
    return Refusal(attached);
  }
  LetPublished();
  Refresh(container_id, made.pod_id);
  return absl::OkStatus();
}

absl::Status NetworkRegistry::Disconnect(const Call& call, absl::string_view network_name,
                                         const std::string& container_id) {
  std::string pod_id;
  Network network;
  {
    absl::MutexLock lock(&mutex_);
    ASSIGN_OR_RETURN(Member* const found, FindMember(container_id));
    ASSIGN_OR_RETURN(const Network* at, At(network_name));
    network = *at;
    const auto is_here = [&](const Endpoint& each) { return each.network == network.id; };
    if (absl::c_none_of(found->networking.endpoints, is_here)) {
      return absl::PermissionDeniedError(
          absl::StrCat("container ", container_id, " is not connected to network ", network.name));
    }
    pod_id = found->live.pod_id;
  }
  if (!pod_id.empty()) {
    RETURN_IF_ERROR(runtime_.DetachNetwork(call, pod_id, network.cni_name()));
  }
  names_.Remove(network.id, container_id);
  RETURN_IF_ERROR(RemoveEndpoint(container_id, network.id));
  if (pod_id.empty()) {
    return absl::OkStatus();
  }
  Refresh(container_id, pod_id);
  return FindNewGateway(container_id);
}

absl::Status NetworkRegistry::SetGateway(const std::string& container_id,
                                         const std::string& network_id) {
  absl::MutexLock changing(&changing_);
  ContainerNetworking changed;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = members_.find(container_id);
    if (found == members_.end()) {
      return absl::OkStatus();
    }
    found->second.networking.gateway = network_id;
    changed = found->second.networking;
  }
  return Save(changed);
}

std::optional<NetworkRegistry::GatewayMove> NetworkRegistry::PlanGatewayMove(
    const std::string& container_id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = members_.find(container_id);
  if (found == members_.end() || !found->second.networking.gateway.empty()) {
    return std::nullopt;
  }
  const Member& member = found->second;
  const std::string gateway = ChooseGateway(member.networking.endpoints, networks_);
  if (gateway.empty()) {
    return std::nullopt;
  }
  const Network& network = networks_.at(gateway);
  const auto interface = absl::c_find_if(
      member.live.interfaces, [&](const auto& each) { return each.network == network.cni_name(); });
  if (interface == member.live.interfaces.end()) {
    return std::nullopt;
  }
  Endpoint endpoint{.network = gateway, .mac = interface->mac};
  for (const std::string& text : interface->addresses) {
    const auto address = ParseIpAddress(text.substr(0, text.find('/')));
    (address.has_value() && address->is_ipv4 ? endpoint.ipv4 : endpoint.ipv6) = address;
  }
  return GatewayMove{
      .pod_id = member.live.pod_id,
      .network = network,
      .before = {Config(member.networking, network, endpoint, false), interface->interface},
      .after = {Config(member.networking, network, endpoint, true), interface->interface}};
}

absl::Status NetworkRegistry::Move(const GatewayMove& move) {
  const Call call = Call::WithTimeout(kMoveTimeout);
  RETURN_IF_ERROR(runtime_.DetachNetwork(call, move.pod_id, move.network.cni_name()));
  const absl::Status attached = runtime_.AttachNetwork(call, move.pod_id, move.after);
  if (!attached.ok()) {
    LogIfError(runtime_.AttachNetwork(Call::WithTimeout(kMoveTimeout), move.pod_id, move.before),
               "a container has lost a network until its next start");
  }
  return attached;
}

// No plugin changes what is there, so the interface is made once more, with the same addresses; if
// that fails, as it was. Whether or not the client still waits.
absl::Status NetworkRegistry::FindNewGateway(const std::string& container_id) {
  const std::optional<GatewayMove> move = PlanGatewayMove(container_id);
  if (!move.has_value()) {
    return absl::OkStatus();
  }
  absl::Status moved = SetGateway(container_id, move->network.id);
  if (moved.ok()) {
    moved = Move(*move);
  }
  if (!moved.ok()) {
    LogIfError(SetGateway(container_id, ""), "a default route that failed stays on record");
  }
  // Either interface is a new one.
  const absl::Status apart = move->network.connects() ? absl::OkStatus() : KeepApart(move->network);
  Refresh(container_id, move->pod_id);
  RETURN_IF_ERROR(Annotate(moved, "no other network could take over the default route"));
  return Annotate(apart, "the container is not kept apart from others");
}

}  // namespace berth::cri
