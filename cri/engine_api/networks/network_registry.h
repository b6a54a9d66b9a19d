// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "base/call.h"
#include "base/clock.h"
#include "cri/engine_api/engine_database.h"
#include "cri/engine_api/networks/conflist.h"
#include "cri/engine_api/networks/endpoint.h"
#include "cri/engine_api/networks/name_server.h"
#include "cri/engine_api/networks/name_table.h"
#include "cri/engine_api/networks/network.h"
#include "cri/engine_api/networks/network_settings.h"
#include "cri/engine_api/networks/pod_networking.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

struct NetworkOptions {
  std::string root;                        // leases are in <root>/networks
  std::string bridge;                      // the interface of the network `bridge`
  std::string bridge_subnet;               // its subnet, unless the node has a route into it
  std::vector<std::string> address_pools;  // of networks without a subnet; "172.20.0.0/14:16"
  NameServerOptions names;
  uint16_t names_port = 53;
};

// Docker's networks, and the places of its containers in them. Networks are conflists made for each
// container; their bridges come with the first container and go with the network. Thread-safe; who
// asks what there is does not wait for the disk, nor for the kernel.
class NetworkRegistry {
 public:
  // All must outlive it. InvalidArgument for options that are none. The names of the containers
  // that run are known from the first question on; of one that has ended since, Stopped takes them
  // away. The network `bridge` of an earlier daemon becomes what the options say unless a pod is in
  // it. Of a network whose record cannot be read nobody else has the name and the subnets that are
  // known; it can be removed. One of the three that are always there is had without its record.
  static absl::StatusOr<std::unique_ptr<NetworkRegistry>> Open(EngineDatabase& database,
                                                               runtime::PodRuntime& runtime,
                                                               NetworkOptions options);

  // `wanted` is of ReadNetworkRequest. AlreadyExists when the name is taken; otherwise fails as
  // WithSubnets.
  absl::StatusOr<Network> Create(Network wanted);
  // By name, id or an unambiguous beginning of the id. NotFound in Docker's words.
  absl::StatusOr<Network> Find(absl::string_view name) const;
  std::vector<Network> List() const;  // by name
  // PermissionDenied for one that is predefined or has containers that run. After another failure
  // it is as it was.
  absl::Status Remove(const Call& call, absl::string_view name);
  std::vector<NetworkMember> MembersOf(const Network& network) const;  // that run
  bool IsUsed(const Network& network) const;  // perhaps; also by containers that do not run

  // A container that was created: NotFound when a network that it names is none. Of the default
  // network it may not have a fixed address or aliases.
  absl::Status Add(ContainerNetworking networking);
  // Containers, by what `exists` says, that were forgotten about by a daemon that was killed.
  void ForgetAllBut(const std::function<bool(const std::string& container_id)>& exists);
  void Forget(const std::string& container_id);
  void Rename(const std::string& container_id, const std::string& name);

  // Chooses host ports and networks for a start; until Stopped they are the container's. Internal
  // when a port is taken, NotFound when a network has been removed.
  absl::StatusOr<PodNetworking> PlanStart(const Call& call, const std::string& container_id);
  // The container's pod has its networks, and nothing runs in it yet; also told of each container
  // that runs when the daemon starts. On failure an internal network is not closed.
  absl::Status Started(const std::string& container_id, const std::string& pod_id);
  // Of what a pod failed with that was planned so: as PluginRefusal.
  absl::Status Refusal(const absl::Status& failure) const { return PluginRefusal(failure, List()); }
  // Ports that are published are there for all networks, from now on; after Started, once for many.
  void LetPublished();
  // Everybody may know that it has ended; what it has of networks is about to be free. Whoever
  // wants that, or the network gone, waits for Stopped.
  void Ending(const std::string& container_id);
  // It has ended, or a start has failed.
  void Stopped(const std::string& container_id);

  // Parts of inspect and of the list of containers.
  Json Settings(const std::string& container_id) const;
  Json Ports(const std::string& container_id) const;

  // Also while the container runs. PermissionDenied, in Docker's words, for what has no networks of
  // its own, or is (is not) in that network. The default route and the published ports go on by
  // another network when theirs is taken away; if none can take over, the container stays in its
  // other networks without them, and that is the error. One change of a container at a time.
  absl::Status Connect(const Call& call, absl::string_view network, const std::string& container_id,
                       Endpoint endpoint);
  absl::Status Disconnect(const Call& call, absl::string_view network,
                          const std::string& container_id);

 private:
  struct Member {
    ContainerNetworking networking;
    bool claimed = false;  // from PlanStart to Stopped
    bool ending = false;   // from Ending to Stopped
    LiveNetworking live;   // with a pod's id while it runs
  };

  NetworkRegistry(EngineDatabase& database, runtime::PodRuntime& runtime, NetworkOptions options)
      : database_(database), runtime_(runtime), options_(std::move(options)) {}

  // What a start is planned with.
  struct StartFacts {
    ContainerNetworking networking;
    std::map<std::string, Network> networks;  // that it is in, by id
    std::vector<PublishedPort> taken_ports;
  };
  // What a container that was put into a network is to be attached by.
  struct Connection {
    std::string pod_id;  // empty: it does not run
    Network network;
    runtime::NetworkChoice choice;
  };
  // How the interface in one of a container's networks becomes the one with the default route.
  struct GatewayMove {
    std::string pod_id;
    Network network;
    runtime::NetworkChoice before, after;
  };

  absl::Status Load();
  absl::Status LoadRecords();
  void PutNamesOfRunning();
  void NameUnreadable() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status MakePredefined() ABSL_EXCLUSIVE_LOCKS_REQUIRED(changing_);
  // The network, with the id of its record where that is there and cannot be read.
  absl::Status MakeOrStandIn(Network wanted) ABSL_EXCLUSIVE_LOCKS_REQUIRED(changing_);
  bool IsFree(const IpPrefix& subnet, const Network* besides) const;
  bool HasPods(const Network& network) const;  // attached to it, as far as is known
  Network WithOptions(const Network& bridge, const IpPrefix& subnet) const;
  absl::Status FollowOptions(const Network& bridge, const IpPrefix& subnet)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(changing_);
  absl::Status CheckNew(const Network& wanted) const;
  absl::StatusOr<Network> Make(Network wanted) ABSL_EXCLUSIVE_LOCKS_REQUIRED(changing_);
  absl::StatusOr<Network> BeginRemoval(const Call& call, absl::string_view name);
  absl::StatusOr<const Network*> At(absl::string_view name) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // NotFound; FailedPrecondition when its record cannot be read.
  absl::StatusOr<Member*> FindMember(const std::string& container_id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<IpPrefix> Taken() const;
  absl::Status CheckEndpoint(const Network& network, const Endpoint& endpoint) const;
  // PermissionDenied, in Docker's words, when another container that runs has the endpoint's
  // address.
  absl::Status CheckAddressIsFree(const std::string& container_id, const Network& network,
                                  const Endpoint& endpoint) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  std::string Members(const Network& network) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // Waits until none of those that `concerns` says is ending.
  absl::Status AwaitEndings(const Call& call, absl::FunctionRef<bool(const Member&)> concerns)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Waits for whoever may have the ports or addresses that the container is to have.
  absl::Status AwaitWhatIsFixed(const Call& call, const std::string& container_id);
  std::vector<PublishedPort> TakenPorts() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::Status Save(const ContainerNetworking& networking) ABSL_EXCLUSIVE_LOCKS_REQUIRED(changing_);
  // What plugins are told for a container's place in the network.
  std::string Config(const ContainerNetworking& networking, const Network& network,
                     const Endpoint& endpoint, bool is_gateway) const;
  absl::StatusOr<StartFacts> Claim(const std::string& container_id);
  absl::StatusOr<PodNetworking> PlanClaimed(const StartFacts& facts)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(changing_);
  absl::Status PlanNetworks(const StartFacts& facts, PodNetworking& plan) const;
  absl::StatusOr<Connection> AddEndpoint(absl::string_view network, const std::string& container_id,
                                         Endpoint endpoint);
  // In memory, and what is to be on record then.
  absl::StatusOr<ContainerNetworking> DropEndpoint(const std::string& container_id,
                                                   const std::string& network_id);
  absl::Status RemoveEndpoint(const std::string& container_id, const std::string& network_id);
  // Nothing where there is none to move to.
  std::optional<GatewayMove> PlanGatewayMove(const std::string& container_id) const;
  absl::Status Move(const GatewayMove& move);
  absl::Status FindNewGateway(const std::string& container_id);
  // Nothing when the container is gone.
  absl::Status SetGateway(const std::string& container_id, const std::string& network_id);
  void PlanNames(const StartFacts& facts, PodNetworking& plan) const;
  void Refresh(const std::string& container_id, const std::string& pod_id);
  void PutNames(const Member& member) ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void RemoveNames(const Member& member);
  // Whether the node's name servers cannot be reached from a container.
  bool NodesServersAreLocal() const;
  void ServeNames(const Network& network);

  EngineDatabase& database_;
  runtime::PodRuntime& runtime_;
  const NetworkOptions options_;
  const SystemClock clock_;
  std::vector<AddressPool> pools_;
  NameTable names_;
  std::unique_ptr<NameServer> name_server_;  // null: none could be started

  absl::Mutex changing_;  // one change of what is on record at a time; before mutex_
  mutable absl::Mutex mutex_;
  std::map<std::string, Network> networks_ ABSL_GUARDED_BY(mutex_);  // by id
  std::set<std::string> leaving_ ABSL_GUARDED_BY(mutex_);            // ids that are being removed
  std::map<std::string, Member> members_ ABSL_GUARDED_BY(mutex_);    // by container id
};

}  // namespace berth::cri
