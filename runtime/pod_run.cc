// SPDX-License-Identifier: Apache-2.0
#include "runtime/pod_run.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/descriptor_path.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/random_id.h"
#include "base/status.h"
#include "base/sys/fd.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/cgroup/systemd_scope.h"
#include "runtime/container_events.h"
#include "runtime/host_ports.h"
#include "runtime/names.h"
#include "runtime/placement.h"
#include "runtime/pod_files.h"
#include "runtime/pod_table.h"
#include "runtime/pod_teardown.h"
#include "runtime/resources.h"
#include "runtime/spec/pod_planner.h"

namespace berth::runtime {
namespace {

constexpr absl::Duration kShimTimeout = absl::Seconds(30);
constexpr absl::Duration kAttachTimeout = absl::Minutes(5);
constexpr absl::Duration kPortTimeout = absl::Seconds(10);  // of a pod that ends to give its up

struct PodDraft {
  PodRecord record;
  PlannedPod planned;
  sys::Fd shared_network;         // open until the shim has joined it by its path; or none
  std::shared_ptr<Pod> pod = {};  // once it is on record
};

// On v2 a cgroup with processes has no children with controllers, so the shim gets one of its own.
std::string ShimCgroup(const CgroupHierarchies& hierarchies, const std::string& pod_cgroup) {
  return hierarchies.v1() ? pod_cgroup : absl::StrCat(pod_cgroup, "/shim");
}

// A network that is another pod's: its namespace, and what that pod's files say of it.
struct SharedNetwork {
  sys::Fd network_namespace;
  std::string etc = "";              // of the other pod
  v1::PodSandboxConfig config = {};  // likewise
};

absl::StatusOr<SharedNetwork> FindSharedNetwork(RuntimeContext& context, const PodExtras& extras) {
  if (extras.network_of.empty()) {
    return SharedNetwork();
  }
  const std::shared_ptr<Pod> other = context.pods.Find(extras.network_of);
  if (other == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("no pod ", extras.network_of, " whose network to share"));
  }
  RETURN_IF_ERROR(other->CheckReady());
  SharedNetwork shared{{}, other->etc(), other->config()};
  if (!other->host_network()) {
    ASSIGN_OR_RETURN(shared.network_namespace, other->ShareNetworkNamespace());
  }
  return shared;
}

// The shim is asked: only it has what keeps its pod's /dev/shm.
absl::StatusOr<IpcNamespaces> FindSharedIpc(RuntimeContext& context, const Call& call,
                                            const PodExtras& extras) {
  if (extras.ipc_of.empty()) {
    return IpcNamespaces();
  }
  const std::shared_ptr<Pod> other = context.pods.Find(extras.ipc_of);
  if (other == nullptr) {
    return absl::NotFoundError(absl::StrCat("no pod ", extras.ipc_of, " whose IPC to share"));
  }
  RETURN_IF_ERROR(other->CheckReady());
  ASSIGN_OR_RETURN(IpcNamespaces shared, other->shim().OpenIpc(call.Within(kShimTimeout)));
  if (!shared.shared_memory.is_open()) {
    return absl::FailedPreconditionError(
        absl::StrCat("pod sandbox ", extras.ipc_of, " has no IPC of its own to share"));
  }
  return shared;
}

// Its containers may have written anything there, which is no reason to be without this pod: what
// cannot be copied stays as it is planned.
void ShareFiles(const SharedNetwork& network, PlannedPod& planned) {
  if (network.etc.empty()) {
    return;
  }
  const auto share = [&network](const char* name, std::string& text) {
    absl::StatusOr<std::string> found = ReadFile(JoinPath(network.etc, name), kMaxHostFile);
    LogIfError(found.status(), "a pod does not get a file of the one whose network it shares");
    if (found.ok()) {
      text = *std::move(found);
    }
  };
  share("hosts", planned.hosts);
  share("resolv.conf", planned.resolv_conf);
}

// As the other was asked for.
void ShareNames(const SharedNetwork& network, v1::PodSandboxConfig& config) {
  if (network.etc.empty()) {
    return;
  }
  config.set_hostname(network.config.hostname());
  if (network.config.has_dns_config()) {
    *config.mutable_dns_config() = network.config.dns_config();
  }
}

absl::StatusOr<PodDraft> PlanDraft(RuntimeContext& context, const v1::PodSandboxConfig& config,
                                   const std::string& handler, const PodExtras& extras,
                                   const IpcNamespaces& ipc) {
  PodRecord record;
  record.id = RandomId();
  record.config = config;
  record.handler = handler;
  record.extras = extras;
  ASSIGN_OR_RETURN(record.cgroup, PodCgroup(config, context.options.cgroup_driver,
                                            context.options.cgroup_root, record.id));
  RETURN_IF_ERROR(ToCgroupResources(config.linux().overhead()).status());
  RETURN_IF_ERROR(ToCgroupResources(config.linux().resources()).status());
  ASSIGN_OR_RETURN(SharedNetwork shared, FindSharedNetwork(context, extras));
  ShareNames(shared, record.config);
  PodInputs inputs{.pod_id = record.id,
                   .config = record.config,
                   .facts = context.facts,
                   .host = *context.host,
                   .directory = PodDirectory(context, record.id)};
  inputs.extra_hosts = extras.hosts;
  inputs.dockers_hosts = extras.owner == PodOwner::kEngine;
  inputs.shm_size = extras.shm_size;
  inputs.host_uts = extras.host_uts;
  inputs.own_uts = extras.own_uts;
  inputs.domain_name = extras.domain_name;
  inputs.network_namespace = HeldPath(shared.network_namespace);
  inputs.ipc_namespace = HeldPath(ipc.ipc);
  inputs.shared_memory = HeldPath(ipc.shared_memory);
  inputs.cgroup_directories =
      Cgroup(context.hierarchies, ShimCgroup(context.hierarchies, record.cgroup)).directories();
  ASSIGN_OR_RETURN(PlannedPod planned, PlanPod(inputs));
  ShareFiles(shared, planned);
  const NodeRuntime* other = context.handlers.Find(handler);
  if (planned.plan.ids.count > 0 && other != nullptr && !other->features.user_namespaces) {
    return absl::InvalidArgumentError(absl::StrCat("userns_options: the runtime handler ", handler,
                                                   " has no pods with user namespaces"));
  }
  record.state.attached = planned.plan.new_network && !extras.isolated;
  return PodDraft{std::move(record), std::move(planned), std::move(shared.network_namespace)};
}

std::shared_ptr<Pod> PodOf(const RuntimeContext& context, PodRecord record) {
  std::string directory = PodDirectory(context, record.id);
  std::string etc = PodEtcDirectory(context, record.id);
  return std::make_shared<Pod>(std::move(record), std::move(directory), std::move(etc));
}

absl::StatusOr<PodDraft> DraftPod(RuntimeContext& context, const v1::PodSandboxConfig& config,
                                  const std::string& handler, const PodExtras& extras,
                                  const IpcNamespaces& ipc) {
  ASSIGN_OR_RETURN(PodDraft draft, PlanDraft(context, config, handler, extras, ipc));
  draft.record.created_at = context.clock.Next();
  RETURN_IF_ERROR(context.records->AddPod(draft.record));
  draft.pod = PodOf(context, draft.record);
  return draft;
}

// Whether its network is about to be detached: the pod of one of Docker's containers goes with it.
bool IsEnding(const RuntimeContext& context, const Pod& pod) {
  const std::vector<std::shared_ptr<Container>> containers = ContainersOf(context, pod.id());
  return !pod.ready() || (pod.extras().owner == PodOwner::kEngine && !containers.empty() &&
                          std::all_of(containers.begin(), containers.end(),
                                      [](const auto& each) { return each->exited(); }));
}

// On record, and found from now on. Of two that want the same port of the node one gets it.
absl::StatusOr<PodDraft> AdmitPod(RuntimeContext& context, const Call& call,
                                  const v1::PodSandboxConfig& config, const std::string& handler,
                                  const PodExtras& extras, const IpcNamespaces& ipc) {
  const auto admit = [&]() -> absl::StatusOr<PodDraft> {
    ASSIGN_OR_RETURN(PodDraft draft, DraftPod(context, config, handler, extras, ipc));
    InsertPod(context, draft.pod);
    return draft;
  };
  if (config.port_mappings().empty()) {
    return admit();
  }
  const absl::Time deadline = call.Within(kPortTimeout).deadline();
  while (true) {
    std::optional<HeldPort> held;
    {
      absl::MutexLock admission(&context.admission);
      held = FindHeldPort(config, context.pods.All());
      if (!held.has_value()) {
        return admit();
      }
    }
    if (!IsEnding(context, *held->holder) || !held->holder->WaitDetached(deadline)) {
      return RefusalOf(*held);
    }
  }
}

// A shim that waits to begin, in its cgroup.
absl::StatusOr<LaunchedShim> LaunchShim(RuntimeContext& context, const Call& call,
                                        const PodDraft& draft) {
  const std::string& pod_cgroup = draft.pod->cgroup();
  const Cgroup cgroup(context.hierarchies, ShimCgroup(context.hierarchies, pod_cgroup));
  if (context.options.cgroup_driver == CgroupDriver::kCgroupfs) {
    RETURN_IF_ERROR(cgroup.Create());
    return context.launcher->Launch(draft.planned.plan, ShimBirth::kInItsCgroup);
  }
  // systemd makes no scope without a process.
  ASSIGN_OR_RETURN(LaunchedShim shim,
                   context.launcher->Launch(draft.planned.plan, ShimBirth::kBesideUs));
  RETURN_IF_ERROR(StartScope(call, pod_cgroup, shim.process.pid()));
  RETURN_IF_ERROR(cgroup.CreateWith(shim.process.pid()));
  return shim;
}

absl::StatusOr<int> StartShim(RuntimeContext& context, const Call& call, const PodDraft& draft) {
  const absl::Time start = SteadyNow();
  const Pod& pod = *draft.pod;
  RETURN_IF_ERROR(MakePodDirectory(pod.directory(), draft.planned, pod.cgroup()));
  const Call bounded = call.Within(kShimTimeout);
  ASSIGN_OR_RETURN(LaunchedShim shim, LaunchShim(context, bounded, draft));
  // While the shim's program starts: on disk these take longer than on a tmpfs.
  RETURN_IF_ERROR(MakePodFiles(pod.etc(), draft.planned));
  RETURN_IF_ERROR(LabelPodFiles(*context.host, pod.etc(), draft.planned.plan.mount_label));
  RETURN_IF_ERROR(AwaitReady(bounded, shim, draft.planned.plan));
  ASSIGN_OR_RETURN(ShimConnection subscription, pod.shim().Subscribe(bounded));
  ASSIGN_OR_RETURN(ShimReply reply, subscription.Receive(bounded));
  if (reply.type != ReplyType::kSynced) {
    return absl::InternalError("a new shim reports containers");
  }
  const int pid = shim.process.pid();
  // On record before CNI runs: DEL after a crash needs the namespace, which is the shim's.
  RETURN_IF_ERROR(ChangePod(context, *draft.pod, [pid](PodState& state) { state.shim_pid = pid; }));
  draft.pod->HoldNetworkNamespace(pid);
  RETURN_IF_ERROR(context.monitor->Watch(pod.id(), std::move(subscription)));
  RETURN_IF_ERROR(context.monitor->Adopt(std::move(shim.process)));
  ObserveStart(context, "shim", start);
  return pid;
}

absl::Status BuildPod(RuntimeContext& context, const Call& call, const PodDraft& draft) {
  Pod& pod = *draft.pod;
  ASSIGN_OR_RETURN(const int shim_pid, StartShim(context, call, draft));
  AttachmentResult network;
  if (pod.state().attached) {
    const absl::Time start = SteadyNow();
    ASSIGN_OR_RETURN(network, context.network->Attach(call.Within(kAttachTimeout),
                                                      MakeAttachmentRequest(pod, shim_pid)));
    ObserveStart(context, "cni", start);
    RETURN_IF_ERROR(AddPodHosts(pod.etc(), network.ips, draft.planned.names));
  }
  RETURN_IF_ERROR(call.Check());
  if (LifecycleHooks* hooks = context.hooks; hooks != nullptr) {
    PodSnapshot snapshot = pod.Snapshot();
    snapshot.network.ips = network.ips;
    RETURN_IF_ERROR(hooks->BeforeReady(call, snapshot));
  }
  RETURN_IF_ERROR(ChangePod(context, pod, [&](PodState& state) {
    state.phase = PodPhase::kReady;
    state.shim_pid = shim_pid;
    state.ips = std::move(network.ips);
  }));
  // Until now its end concerned nobody; from now on OnShimEnd sees to it.
  return context.monitor->IsWatched(pod.id()) ? absl::OkStatus()
                                              : absl::InternalError("the pod's shim has died");
}

}  // namespace

absl::StatusOr<std::shared_ptr<Pod>> PlanPodAlone(RuntimeContext& context,
                                                  const v1::PodSandboxConfig& config,
                                                  const std::string& handler,
                                                  const PodExtras& extras) {
  PodExtras own = extras;
  own.network_of.clear();
  ASSIGN_OR_RETURN(PodDraft draft, PlanDraft(context, config, handler, own, IpcNamespaces()));
  return PodOf(context, std::move(draft.record));
}

AttachmentRequest MakeAttachmentRequest(const Pod& pod, int shim_pid) {
  const v1::PodSandboxConfig& config = pod.config();
  AttachmentRequest request;
  request.pod_id = pod.id();
  request.pod_name = config.metadata().name();
  request.pod_namespace = config.metadata().namespace_();
  request.pod_uid = config.metadata().uid();
  request.namespace_path = pod.NetworkNamespace(shim_pid);
  for (const v1::PortMapping& mapping : config.port_mappings()) {
    if (mapping.host_port() > 0) {
      request.port_mappings.push_back({mapping.host_port(), mapping.container_port(),
                                       absl::AsciiStrToLower(v1::Protocol_Name(mapping.protocol())),
                                       mapping.host_ip()});
    }
  }
  request.annotations.insert(config.annotations().begin(), config.annotations().end());
  const v1::DNSConfig& dns = config.dns_config();
  request.dns_servers.assign(dns.servers().begin(), dns.servers().end());
  request.dns_searches.assign(dns.searches().begin(), dns.searches().end());
  request.dns_options.assign(dns.options().begin(), dns.options().end());
  request.cgroup_parent = config.linux().cgroup_parent();
  request.networks = pod.extras().networks;
  return request;
}

absl::StatusOr<std::string> RunPod(RuntimeContext& context, const Call& call,
                                   const v1::PodSandboxConfig& config, const std::string& handler,
                                   const PodExtras& extras) {
  RETURN_IF_ERROR(context.handlers.Check(handler));
  const std::string name = PodNameKey(config.metadata());
  if (std::shared_ptr<Pod> existing = context.pods.FindByName(name); existing != nullptr) {
    if (!extras.must_be_new && existing->Claim() && existing->ready()) {
      return existing->id();
    }
    return absl::AlreadyExistsError(
        absl::StrCat("pod ", config.metadata().namespace_(), "/", config.metadata().name(),
                     " attempt ", config.metadata().attempt(), " exists as ", existing->id()));
  }
  RETURN_IF_ERROR(call.Check());
  // Open until the shim has joined them by their paths.
  ASSIGN_OR_RETURN(const IpcNamespaces ipc, FindSharedIpc(context, call, extras));
  ASSIGN_OR_RETURN(PodDraft draft, AdmitPod(context, call, config, handler, extras, ipc));
  ASSIGN_OR_RETURN(OperationLock::Held held, draft.pod->operations().Acquire(Call(), "run pod"));
  const absl::Status built = BuildPod(context, call, draft);
  if (!built.ok()) {
    UndoPod(context, context.undo_time->Begin(kTeardownTimeout), *draft.pod);
  }
  if (LifecycleHooks* hooks = context.hooks; hooks != nullptr) {
    hooks->AfterRun(draft.pod->id(), built.ok());
  }
  RETURN_IF_ERROR(built);
  TellRunning(context, *draft.pod);
  LogInfo("pod started", {{"pod", draft.pod->id()}, {"name", config.metadata().name()}});
  return draft.pod->id();
}

}  // namespace berth::runtime
