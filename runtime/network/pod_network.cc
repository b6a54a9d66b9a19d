// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/pod_network.h"

#include <sys/vfs.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/plain_name.h"
#include "base/status.h"
#include "runtime/network/attachment.h"
#include "runtime/network/attachment_cache.h"
#include "runtime/network/cni_config.h"
#include "runtime/network/cni_result.h"
#include "runtime/network/config_directory.h"
#include "runtime/network/leftover_plugins.h"
#include "runtime/network/masquerade.h"
#include "runtime/network/operation_gate.h"
#include "runtime/network/plugin_chain.h"
#include "runtime/network/readiness.h"
#include "runtime/network/torn_leases.h"

namespace berth::runtime {
namespace {

constexpr absl::Duration kMaxAdd = absl::Minutes(5);
constexpr absl::Duration kMaxDelete = absl::Minutes(1);
constexpr absl::Duration kMaxCheck = absl::Minutes(1);
constexpr absl::Duration kMaxGarbageCollection = absl::Minutes(1);
constexpr absl::Duration kMaxStatus = absl::Seconds(4);

// Plugins refuse a path that is no namespace any more, as after a reboot.
std::string LiveNamespace(absl::string_view path) {
  constexpr long kNamespaceFilesystem = 0x6e736673;  // NSFS_MAGIC
  struct statfs info = {};
  const std::string text(path);
  const bool live =
      !text.empty() && statfs(text.c_str(), &info) == 0 && info.f_type == kNamespaceFilesystem;
  return live ? text : "";
}

// As much as its result tells.
AttachedInterface InterfaceOf(const Attachment& attachment) {
  AttachedInterface told;
  told.network = attachment.network;
  told.interface = attachment.interface;
  const absl::StatusOr<CniResult> result =
      attachment.result.has_value() ? ParseCniResult(*attachment.result, kCni100) : CniResult();
  if (!result.ok()) {
    return told;
  }
  for (const CniAddress& address : AddressEntriesOf(*result, attachment.interface)) {
    told.addresses.push_back(address.address);
    told.gateways.push_back(address.gateway);
  }
  for (const CniInterface& each : result->interfaces) {
    if (each.name == attachment.interface && !each.sandbox.empty()) {
      told.mac = each.mac;
    }
  }
  return told;
}

class CniPodNetwork : public PodNetwork {
 public:
  CniPodNetwork(NetworkOptions options, metrics::Metrics& metrics)
      : plugin_dirs_(std::move(options.plugin_dirs)),
        configs_(std::move(options.config_dirs)),
        cache_(options.cache_dir),
        undo_time_(std::move(options.undo_time)),
        metrics_(metrics) {
    ClearUpAfterAnEarlierDaemon(options.lease_dirs);
  }

  absl::StatusOr<AttachmentResult> Attach(const Call& call,
                                          const AttachmentRequest& request) override;
  absl::Status Detach(const Call& call, absl::string_view pod_id, absl::string_view namespace_path,
                      absl::string_view network) override;
  absl::StatusOr<std::vector<AttachedInterface>> Interfaces(
      absl::string_view pod_id) const override;
  absl::Status Check(const Call& call, absl::string_view pod_id,
                     absl::string_view namespace_path) override;
  absl::Status CollectGarbage(const Call& call, const std::vector<std::string>& live) override;
  absl::Status Ready() override;

 private:
  using Network = std::shared_ptr<const NetworkConfig>;

  struct Wanted {
    Network network;
    std::string interface;
  };

  void ClearUpAfterAnEarlierDaemon(const std::vector<std::string>& lease_dirs);
  absl::Status Measure(const char* command, const std::function<absl::Status()>& work);
  absl::StatusOr<std::vector<Wanted>> WantedNetworks(const AttachmentRequest& request);
  absl::Status CheckFree(const AttachmentRequest& request, const std::vector<Wanted>& wanted) const;
  // The interface's addresses.
  absl::StatusOr<std::vector<std::string>> Add(const Call& call, const NetworkConfig& network,
                                               Attachment& attachment);
  void Undo(const NetworkConfig& network, const Attachment& attachment);
  absl::StatusOr<Network> NetworkOf(const Attachment& attachment);
  absl::StatusOr<std::vector<Attachment>> FindLastFirst(const std::string& pod_id) const;
  absl::Status Delete(const Call& call, const Attachment& attachment);
  absl::Status DetachOrphan(const Call& call, const std::string& pod_id);
  absl::Status CollectInNetwork(const Call& call, const absl::flat_hash_set<std::string>& live);
  bool IsOurs(const std::string& pod_id);
  void SetOurs(const std::string& pod_id, bool ours);

  const std::vector<std::string> plugin_dirs_;
  ConfigDirectory configs_;
  const AttachmentCache cache_;
  const std::shared_ptr<const UndoTime> undo_time_;
  metrics::Metrics& metrics_;
  OperationGate gate_;
  const SteadyClock clock_;
  Readiness readiness_{clock_};

  absl::Mutex mutex_;
  // Pods that this daemon attached and was not asked to detach: never garbage, even when the caller
  // counted its pods before one of them was there.
  absl::flat_hash_set<std::string> ours_ ABSL_GUARDED_BY(mutex_);
};

void CniPodNetwork::ClearUpAfterAnEarlierDaemon(const std::vector<std::string>& lease_dirs) {
  absl::StatusOr<std::vector<Attachment>> attachments = cache_.Find("");
  if (!attachments.ok()) {
    LogIfError(attachments.status(), "the CNI cache cannot be read");
    return;
  }
  PodIds pods;
  std::set<std::string> leases;
  for (const Attachment& attachment : *attachments) {
    pods.insert(attachment.pod_id);
    if (absl::StatusOr<Network> network = NetworkOf(attachment); network.ok()) {
      leases.insert(LeaseDirectory(**network));
    }
  }
  EndLeftoverPlugins(pods);
  if (absl::StatusOr<Network> network = configs_.Current(); network.ok()) {
    leases.insert(LeaseDirectory(**network));
  }
  leases.erase("");
  for (const std::string& directory : leases) {
    RemoveTornLeases(directory);
  }
  for (const std::string& parent : lease_dirs) {
    RemoveTornLeasesBelow(parent);
  }
}

absl::Status CniPodNetwork::Measure(const char* command,
                                    const std::function<absl::Status()>& work) {
  const absl::Time start = SteadyNow();
  absl::Status status = work();
  metrics_.cni_seconds.Add({{"command", command}}, metrics::LatencyBuckets())
      .Observe(absl::ToDoubleSeconds(SteadyNow() - start));
  metrics_.cni_failures.Add({{"command", command}}).Increment(status.ok() ? 0 : 1);
  return status;
}

bool CniPodNetwork::IsOurs(const std::string& pod_id) {
  absl::MutexLock lock(&mutex_);
  return ours_.contains(pod_id);
}

void CniPodNetwork::SetOurs(const std::string& pod_id, bool ours) {
  absl::MutexLock lock(&mutex_);
  if (ours) {
    ours_.insert(pod_id);
  } else {
    ours_.erase(pod_id);
  }
}

absl::Status CheckRequest(const AttachmentRequest& request) {
  if (!IsPlainName(request.pod_id)) {
    return absl::InvalidArgumentError("the pod's id cannot be a CNI container id");
  }
  if (LiveNamespace(request.namespace_path).empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", request.namespace_path, "\" is no namespace"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<CniPodNetwork::Wanted>> CniPodNetwork::WantedNetworks(
    const AttachmentRequest& request) {
  std::vector<Wanted> wanted;
  if (request.networks.empty()) {
    ASSIGN_OR_RETURN(Network network, configs_.Current());
    wanted.push_back({std::move(network), kPodInterface});
  }
  for (const NetworkChoice& choice : request.networks) {
    ASSIGN_OR_RETURN(NetworkConfig network, ParseNetworkConfig(choice.config));
    if (!IsPodInterface(choice.interface)) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", choice.interface, "\" is no interface of a pod"));
    }
    wanted.push_back({std::make_shared<const NetworkConfig>(std::move(network)), choice.interface});
  }
  // Before anything is made: what a missing program has not made it could not undo either.
  for (const Wanted& each : wanted) {
    RETURN_IF_ERROR(PluginChain(*each.network, plugin_dirs_).FindPrograms());
  }
  return wanted;
}

absl::Status CniPodNetwork::CheckFree(const AttachmentRequest& request,
                                      const std::vector<Wanted>& wanted) const {
  ASSIGN_OR_RETURN(const std::vector<Attachment> earlier, cache_.Find(request.pod_id));
  for (const Attachment& attachment : earlier) {
    for (const Wanted& each : wanted) {
      if (request.networks.empty() || attachment.network == each.network->name ||
          attachment.interface == each.interface) {
        return absl::AlreadyExistsError(absl::StrCat(
            "the pod is attached to network ", attachment.network, " by ", attachment.interface));
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<AttachmentResult> CniPodNetwork::Attach(const Call& call,
                                                       const AttachmentRequest& request) {
  RETURN_IF_ERROR(CheckRequest(request));
  Attachment common;
  common.pod_id = request.pod_id;
  common.namespace_path = request.namespace_path;
  ASSIGN_OR_RETURN(common.arguments, PodArguments(request));
  ASSIGN_OR_RETURN(common.capability_arguments, CapabilityArguments(request));
  ASSIGN_OR_RETURN(OperationGate::Ticket ticket, gate_.Enter(call, request.pod_id));
  ASSIGN_OR_RETURN(const std::vector<Wanted> wanted, WantedNetworks(request));
  RETURN_IF_ERROR(CheckFree(request, wanted));
  const bool was_ours = IsOurs(request.pod_id);
  SetOurs(request.pod_id, true);
  AttachmentResult result;
  std::vector<Attachment> made;
  for (const Wanted& each : wanted) {
    Attachment& attachment = made.emplace_back(common);
    attachment.network = each.network->name;
    attachment.interface = each.interface;
    attachment.config = FormatNetworkConfig(*each.network);
    absl::StatusOr<std::vector<std::string>> ips = Add(call, *each.network, attachment);
    if (!ips.ok()) {
      for (size_t i = made.size(); i-- > 0;) {
        Undo(*wanted[i].network, made[i]);
      }
      SetOurs(request.pod_id, was_ours);
      return ips.status();
    }
    if (made.size() == 1) {
      result.ips = *std::move(ips);
    }
  }
  return result;
}

absl::StatusOr<std::vector<std::string>> CniPodNetwork::Add(const Call& call,
                                                            const NetworkConfig& network,
                                                            Attachment& attachment) {
  auto save = [&] { return cache_.Store(attachment); };
  std::vector<std::string> ips;
  auto add = [&]() -> absl::Status {
    const PluginChain chain(network, plugin_dirs_);
    RETURN_IF_ERROR(chain.Add(call.Within(kMaxAdd), attachment, save));
    ASSIGN_OR_RETURN(CniResult parsed, ParseCniResult(*attachment.result, network.version));
    ips = AddressesOf(parsed, attachment.interface);
    return ips.empty() ? absl::InternalError(absl::StrCat("network ", network.name,
                                                          ": the plugins gave no address"))
                       : absl::OkStatus();
  };
  RETURN_IF_ERROR(save());
  RETURN_IF_ERROR(Measure("ADD", add));
  return ips;
}

// What is left when this fails is in the cache and will be tried again.
void CniPodNetwork::Undo(const NetworkConfig& network, const Attachment& attachment) {
  absl::Status status = Measure("DEL", [&] {
    return PluginChain(network, plugin_dirs_).Delete(undo_time_->Begin(kMaxDelete), attachment);
  });
  if (status.ok()) {
    status = cache_.Remove(attachment);
  }
  LogIfError(status, "undoing a failed CNI ADD failed");
  // A plugin that was killed may have left one.
  if (const std::string leases = LeaseDirectory(network); !leases.empty()) {
    RemoveTornLeases(leases);
  }
}

// The network as it was when the pod was attached.
absl::StatusOr<CniPodNetwork::Network> CniPodNetwork::NetworkOf(const Attachment& attachment) {
  absl::StatusOr<NetworkConfig> cached = ParseNetworkConfig(attachment.config);
  if (cached.ok() && !cached->plugins.empty()) {
    return std::make_shared<const NetworkConfig>(*std::move(cached));
  }
  ASSIGN_OR_RETURN(Network current, configs_.Current());
  if (current->name != attachment.network) {
    return absl::UnavailableError(absl::StrCat("no configuration of network ", attachment.network));
  }
  return current;
}

// A pod's, in the order in which they are undone.
absl::StatusOr<std::vector<Attachment>> CniPodNetwork::FindLastFirst(
    const std::string& pod_id) const {
  ASSIGN_OR_RETURN(std::vector<Attachment> attachments, cache_.Find(pod_id));
  std::reverse(attachments.begin(), attachments.end());
  return attachments;
}

absl::Status CniPodNetwork::Delete(const Call& call, const Attachment& attachment) {
  absl::StatusOr<Network> network = NetworkOf(attachment);
  if (!network.ok()) {
    // Nothing can ever be done with it: a pod must not be kept from ending by that.
    LogWarning("a CNI attachment is given up",
               {{"pod", attachment.pod_id}, {"error", network.status().message()}});
    return cache_.Remove(attachment);
  }
  RETURN_IF_ERROR(Measure("DEL", [&] {
    return PluginChain(**network, plugin_dirs_).Delete(call.Within(kMaxDelete), attachment);
  }));
  if (attachment.namespace_path.empty()) {
    RemoveMasquerade(call.Within(kMaxDelete), **network, attachment);
  }
  return cache_.Remove(attachment);
}

absl::Status CniPodNetwork::Detach(const Call& call, absl::string_view pod_id,
                                   absl::string_view namespace_path, absl::string_view network) {
  const std::string id(pod_id);
  if (!IsPlainName(id)) {
    return absl::OkStatus();  // such a one was never attached
  }
  ASSIGN_OR_RETURN(OperationGate::Ticket ticket, gate_.Enter(call, id));
  if (network.empty()) {
    SetOurs(id, false);
  }
  ASSIGN_OR_RETURN(std::vector<Attachment> attachments, FindLastFirst(id));
  absl::Status first;
  for (Attachment& attachment : attachments) {
    if (network.empty() || attachment.network == network) {
      attachment.namespace_path = LiveNamespace(namespace_path);
      first.Update(Delete(call, attachment));
    }
  }
  return first;
}

absl::StatusOr<std::vector<AttachedInterface>> CniPodNetwork::Interfaces(
    absl::string_view pod_id) const {
  std::vector<AttachedInterface> interfaces;
  if (!IsPlainName(pod_id)) {
    return interfaces;
  }
  ASSIGN_OR_RETURN(std::vector<Attachment> attachments, cache_.Find(pod_id));
  for (const Attachment& attachment : attachments) {
    interfaces.push_back(InterfaceOf(attachment));
  }
  return interfaces;
}

absl::Status CniPodNetwork::Check(const Call& call, absl::string_view pod_id,
                                  absl::string_view namespace_path) {
  const std::string id(pod_id);
  ASSIGN_OR_RETURN(OperationGate::Ticket ticket, gate_.Enter(call, id));
  ASSIGN_OR_RETURN(std::vector<Attachment> attachments, cache_.Find(id));
  if (id.empty() || attachments.empty()) {
    return absl::FailedPreconditionError("the pod is attached to no network");
  }
  for (Attachment& attachment : attachments) {
    attachment.namespace_path = absl::StrCat(namespace_path);
    ASSIGN_OR_RETURN(Network network, NetworkOf(attachment));
    RETURN_IF_ERROR(Measure("CHECK", [&] {
      return PluginChain(*network, plugin_dirs_).Check(call.Within(kMaxCheck), attachment);
    }));
  }
  return absl::OkStatus();
}

absl::Status CniPodNetwork::DetachOrphan(const Call& call, const std::string& pod_id) {
  // A pod at work is nobody's orphan. One that is not ours cannot become so while we hold the
  // ticket.
  std::optional<OperationGate::Ticket> ticket = gate_.TryEnter(pod_id);
  if (!ticket.has_value() || IsOurs(pod_id)) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(std::vector<Attachment> attachments, FindLastFirst(pod_id));
  absl::Status first;
  for (Attachment& attachment : attachments) {
    LogInfo("freeing the network of a pod that is gone",
            {{"pod", pod_id}, {"network", attachment.network}});
    attachment.namespace_path = LiveNamespace(attachment.namespace_path);
    first.Update(Delete(call, attachment));
  }
  return first;
}

absl::Status CniPodNetwork::CollectInNetwork(const Call& call,
                                             const absl::flat_hash_set<std::string>& live) {
  absl::StatusOr<Network> network = configs_.Current();
  if (!network.ok() || (*network)->version < kCni110 || (*network)->disable_gc) {
    return absl::OkStatus();  // a node without a network yet has nothing to collect
  }
  ASSIGN_OR_RETURN(OperationGate::Ticket ticket, gate_.EnterAlone(call));
  ASSIGN_OR_RETURN(std::vector<Attachment> attachments, cache_.Find(""));
  Json valid = Json::array();
  for (const Attachment& attachment : attachments) {
    if (attachment.network == (*network)->name &&
        (live.contains(attachment.pod_id) || IsOurs(attachment.pod_id))) {
      valid.push_back({{"containerID", attachment.pod_id}, {"ifname", attachment.interface}});
    }
  }
  return Measure("GC", [&] {
    return PluginChain(**network, plugin_dirs_)
        .CollectGarbage(call.Within(kMaxGarbageCollection), valid);
  });
}

absl::Status CniPodNetwork::CollectGarbage(const Call& call, const std::vector<std::string>& live) {
  const absl::flat_hash_set<std::string> live_set(live.begin(), live.end());
  ASSIGN_OR_RETURN(std::vector<Attachment> attachments, cache_.Find(""));
  absl::Status first;
  for (const Attachment& attachment : attachments) {
    RETURN_IF_ERROR(call.Check());
    if (!live_set.contains(attachment.pod_id)) {
      first.Update(DetachOrphan(call, attachment.pod_id));
    }
  }
  first.Update(CollectInNetwork(call, live_set));
  return first;
}

absl::Status CniPodNetwork::Ready() {
  ASSIGN_OR_RETURN(Network network, configs_.Current());
  return readiness_.Of(network, [&] {
    return PluginChain(*network, plugin_dirs_).Status(Call::WithTimeout(kMaxStatus));
  });
}

}  // namespace

std::unique_ptr<PodNetwork> PodNetwork::Create(NetworkOptions options, metrics::Metrics& metrics) {
  return std::make_unique<CniPodNetwork>(std::move(options), metrics);
}

}  // namespace berth::runtime
