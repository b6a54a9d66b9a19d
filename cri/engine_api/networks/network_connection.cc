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
#include "cri/engine_api/networks/network_registry.h"
#include "cri/engine_api/networks/network_teardown.h"

namespace berth::cri {
namespace {

constexpr absl::Duration kMoveTimeout = absl::Minutes(1);  // of each step

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

}  // namespace

absl::Status NetworkRegistry::RemoveEndpoint(Member& member, const std::string& network_id) {
  ContainerNetworking& networking = member.networking;
  std::erase_if(networking.endpoints, [&](const Endpoint& e) { return e.network == network_id; });
  if (networking.gateway == network_id) {
    networking.gateway.clear();
  }
  return Save(networking);
}

absl::Status NetworkRegistry::Connect(const Call& call, absl::string_view network_name,
                                      const std::string& container_id, Endpoint endpoint) {
  std::string pod_id, network_id;
  runtime::NetworkChoice choice;
  {
    absl::MutexLock lock(&mutex_);
    ASSIGN_OR_RETURN(Member* const found, FindMember(container_id));
    Member& member = *found;
    const std::vector<Endpoint>& endpoints = member.networking.endpoints;
    ASSIGN_OR_RETURN(const Network* network, At(network_name));
    RETURN_IF_ERROR(CheckHasNetworks(member.networking.kind));
    RETURN_IF_ERROR(CheckEndpoint(*network, endpoint));
    if (absl::c_any_of(endpoints, [&](const Endpoint& e) { return e.network == network->id; })) {
      return absl::PermissionDeniedError(absl::StrCat("endpoint with name ", member.networking.name,
                                                      " already exists in network ",
                                                      network->name));
    }
    if (endpoints.size() >= kMaxEndpoints) {
      return absl::InvalidArgumentError(
          absl::StrCat("a container in more than ", kMaxEndpoints, " networks"));
    }
    network_id = endpoint.network = network->id;
    pod_id = member.live.pod_id;
    // What a container has while it runs is not taken from another network.
    const bool is_gateway = member.networking.gateway.empty() && !network->internal;
    choice = {Config(*network, endpoint, is_gateway), FreeInterface(member.live)};
    ContainerNetworking changed = member.networking;
    if (!pod_id.empty()) {
      changed.gateway = is_gateway ? network_id : changed.gateway;
      RETURN_IF_ERROR(network->internal ? CloseToOutside(*network) : absl::OkStatus());
    }
    changed.endpoints.push_back(std::move(endpoint));
    RETURN_IF_ERROR(Save(changed));
    member.networking = std::move(changed);
  }
  const absl::Status attached =
      pod_id.empty() ? absl::OkStatus() : runtime_.AttachNetwork(call, pod_id, choice);
  absl::MutexLock lock(&mutex_);
  const auto found = members_.find(container_id);
  if (found == members_.end()) {
    return attached;
  }
  if (!attached.ok()) {
    LogIfError(RemoveEndpoint(found->second, network_id),
               "an endpoint that failed stays on record");
    return attached;
  }
  if (!pod_id.empty() && found->second.live.pod_id == pod_id) {
    Refresh(found->second);
  }
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
  {
    absl::MutexLock lock(&mutex_);
    const auto found = members_.find(container_id);
    if (found == members_.end()) {
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(RemoveEndpoint(found->second, network.id));
    if (pod_id.empty() || found->second.live.pod_id != pod_id) {
      return absl::OkStatus();
    }
    Refresh(found->second);
  }
  return FindNewGateway(container_id);
}

absl::Status NetworkRegistry::SetGateway(Member& member, const std::string& network_id) {
  ContainerNetworking changed = member.networking;
  changed.gateway = network_id;
  RETURN_IF_ERROR(Save(changed));
  member.networking = std::move(changed);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<NetworkRegistry::GatewayMove>> NetworkRegistry::PlanGatewayMove(
    const std::string& container_id) {
  absl::MutexLock lock(&mutex_);
  const auto found = members_.find(container_id);
  if (found == members_.end() || !found->second.networking.gateway.empty()) {
    return std::nullopt;
  }
  Member& member = found->second;
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
  RETURN_IF_ERROR(SetGateway(member, gateway));
  return GatewayMove{
      .pod_id = member.live.pod_id,
      .network = network.cni_name(),
      .before = {Config(network, endpoint, /*is_gateway=*/false), interface->interface},
      .after = {Config(network, endpoint, /*is_gateway=*/true), interface->interface}};
}

// No plugin changes what is there, so the interface is made once more, with the same addresses; if
// that fails, as it was. Whether or not the client still waits.
absl::Status NetworkRegistry::FindNewGateway(const std::string& container_id) {
  ASSIGN_OR_RETURN(const std::optional<GatewayMove> move, PlanGatewayMove(container_id));
  if (!move.has_value()) {
    return absl::OkStatus();
  }
  absl::Status moved =
      runtime_.DetachNetwork(Call::WithTimeout(kMoveTimeout), move->pod_id, move->network);
  if (moved.ok()) {
    moved = runtime_.AttachNetwork(Call::WithTimeout(kMoveTimeout), move->pod_id, move->after);
    if (!moved.ok()) {
      LogIfError(
          runtime_.AttachNetwork(Call::WithTimeout(kMoveTimeout), move->pod_id, move->before),
          "a container has lost a network until its next start");
    }
  }
  absl::MutexLock lock(&mutex_);
  const auto found = members_.find(container_id);
  if (found != members_.end() && found->second.live.pod_id == move->pod_id) {
    if (!moved.ok()) {
      LogIfError(SetGateway(found->second, ""), "a default route that failed stays on record");
    }
    Refresh(found->second);
  }
  return Annotate(moved, "no other network could take over the default route");
}

}  // namespace berth::cri
