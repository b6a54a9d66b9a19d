// SPDX-License-Identifier: Apache-2.0
#include "runtime/pod_runtime.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/boot_id.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/fd.h"
#include "base/sys/inode.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/cgroup/systemd_scope.h"
#include "runtime/checkpointer.h"
#include "runtime/container_attach.h"
#include "runtime/container_checkpoint.h"
#include "runtime/container_control.h"
#include "runtime/container_create.h"
#include "runtime/container_events.h"
#include "runtime/container_exec.h"
#include "runtime/container_exit.h"
#include "runtime/container_remove.h"
#include "runtime/container_start.h"
#include "runtime/container_stop.h"
#include "runtime/container_update.h"
#include "runtime/exec_sync.h"
#include "runtime/host.h"
#include "runtime/host_files.h"
#include "runtime/lifecycle_hooks.h"
#include "runtime/names.h"
#include "runtime/network_usage.h"
#include "runtime/placement.h"
#include "runtime/plan_check.h"
#include "runtime/pod_attach.h"
#include "runtime/pod_run.h"
#include "runtime/pod_table.h"
#include "runtime/pod_teardown.h"
#include "runtime/pod_update.h"
#include "runtime/recovery.h"
#include "runtime/runtime_context.h"
#include "runtime/shim_sync.h"
#include "runtime/shutdown.h"
#include "runtime/state_lock.h"
#include "runtime/timeouts.h"
#include "runtime/upkeep.h"
#include "runtime/usage.h"

namespace berth::runtime {
namespace {

constexpr int kAgendaThreads = 3;
constexpr int kKillThreads = 3;  // nothing else may hold up the end of a grace
constexpr mode_t kPrivateDirectory = 0700;
constexpr mode_t kPassedDirectory = 0711;  // to what is below, whose modes say who gets in

// The names under which `creations` knows pods and containers must not meet.
std::string PodCreation(const v1::PodSandboxConfig& config) {
  return absl::StrCat("pod/", PodNameKey(config.metadata()));
}
std::string ContainerCreation(const Pod& pod, const v1::ContainerConfig& config) {
  return absl::StrCat("container/", ContainerNameKey(pod.id(), config.metadata()));
}

template <typename Snapshot>
void SortNewestFirst(std::vector<Snapshot>& snapshots) {
  std::sort(snapshots.begin(), snapshots.end(),
            [](const Snapshot& a, const Snapshot& b) { return a.created_at > b.created_at; });
}

// What the operations work with, from the opening of the state to the end of the daemon.
class OpenState {
 public:
  OpenState(RuntimeOptions options, metrics::Metrics& metrics)
      : context_(std::move(options), metrics) {}

  absl::Status Open();
  RuntimeContext& context() { return context_; }

 private:
  absl::Status OpenDirectories();
  absl::Status OpenParts();
  // A death that was asked for finds the pod not ready, and is nobody's news.
  void OnShimEnd(const std::string& pod_id) {
    auto pod = context_.pods.Find(pod_id);
    if (pod != nullptr && pod->state().phase == PodPhase::kReady) {
      context_.agenda->Now([this, pod] { Resync(context_, pod, kFirstResyncPause); });
    }
  }

  sys::Fd root_lock_;
  sys::Fd state_lock_;
  RuntimeContext context_;
};

// Finds the objects, those of one owner or all, and leaves the work to the operations.
class ShimPodRuntime final : public PodRuntime {
 public:
  explicit ShimPodRuntime(std::unique_ptr<OpenState> state)
      : state_(std::move(state)), context_(state_->context()) {}
  ShimPodRuntime(RuntimeContext& context, PodOwner owner) : context_(context), owner_(owner) {}

  absl::StatusOr<std::string> RunPod(const Call& call, const v1::PodSandboxConfig& config,
                                     absl::string_view handler, const PodExtras& extras) override {
    bool made = false;
    absl::StatusOr<std::string> id = context_.creations.Run(
        call, PodCreation(config),
        [&](const Call& joint) {
          made = true;
          return runtime::RunPod(context_, joint, config, std::string(handler), extras);
        },
        [&](const std::string& pod_id) {
          if (auto pod = context_.pods.Find(pod_id); pod != nullptr) {
            pod->Abandon();
          }
        });
    if (id.ok() && extras.must_be_new && !made) {
      return absl::AlreadyExistsError(absl::StrCat("pod ", *id, " is being made by another call"));
    }
    return id;
  }

  absl::Status StopPod(const Call& call, absl::string_view id) override {
    const std::shared_ptr<Pod> pod = Listed(id);
    if (pod == nullptr) {
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(OperationLock::Held held, pod->operations().Acquire(call, "stop pod"));
    return Annotate(TearDownPod(context_, call, *pod), absl::StrCat("stop pod ", pod->id()));
  }

  absl::Status RemovePod(const Call& call, absl::string_view id) override {
    const std::shared_ptr<Pod> pod = Listed(id);
    if (pod == nullptr) {
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(OperationLock::Held held, pod->operations().Acquire(call, "remove pod"));
    absl::Status removed = TearDownPod(context_, call, *pod);
    if (removed.ok()) {
      removed = DropPod(context_, *pod);
    }
    if (LifecycleHooks* hooks = ListeningHooks(context_); removed.ok() && hooks != nullptr) {
      hooks->Tell(Turn::kPodRemoved, pod->Snapshot(), std::nullopt);
    }
    return Annotate(removed, absl::StrCat("remove pod ", pod->id()));
  }

  absl::StatusOr<PodSnapshot> FindPod(absl::string_view id) const override {
    ASSIGN_OR_RETURN(std::shared_ptr<Pod> pod, GetPod(id));
    const int64_t found_at = context_.clock.Next();
    PodSnapshot snapshot = pod->Snapshot();
    snapshot.found_at = found_at;
    return snapshot;
  }

  std::vector<PodSnapshot> Pods() const override {
    std::vector<PodSnapshot> snapshots;
    for (const auto& pod : context_.pods.All()) {
      if (pod->listed() && Sees(*pod)) {
        snapshots.push_back(pod->Snapshot());
      }
    }
    SortNewestFirst(snapshots);
    return snapshots;
  }

  absl::Status UpdatePodResources(const Call& call, absl::string_view id,
                                  const v1::LinuxContainerResources& overhead,
                                  const v1::LinuxContainerResources& resources) override {
    ASSIGN_OR_RETURN(std::shared_ptr<Pod> pod, GetPod(id));
    return runtime::UpdatePodResources(context_, call, pod, overhead, resources);
  }

  absl::StatusOr<std::string> CreateContainer(const Call& call, ContainerRequest request) override {
    ASSIGN_OR_RETURN(std::shared_ptr<Pod> pod, GetPod(request.pod_id));
    return context_.creations.Run(
        call, ContainerCreation(*pod, request.config),
        [&](const Call& joint) { return runtime::CreateContainer(context_, joint, pod, request); },
        [&](const std::string& id) {
          if (auto container = context_.containers.Find(id); container != nullptr) {
            container->Abandon();
          }
        });
  }

  absl::Status StartContainer(const Call& call, absl::string_view id) override {
    ASSIGN_OR_RETURN(std::shared_ptr<Container> container, GetContainer(id));
    return runtime::StartContainer(context_, call, container);
  }

  absl::Status StopContainer(const Call& call, absl::string_view id,
                             absl::Duration grace) override {
    const std::shared_ptr<Container> container = Known(id);
    return container == nullptr ? absl::OkStatus()
                                : runtime::StopContainer(context_, call, container, grace);
  }

  absl::Status RemoveContainer(const Call& call, absl::string_view id) override {
    const std::shared_ptr<Container> container = Known(id);
    return container == nullptr ? absl::OkStatus()
                                : runtime::RemoveContainer(context_, call, container);
  }

  absl::StatusOr<ContainerSnapshot> FindContainer(absl::string_view id) const override {
    ASSIGN_OR_RETURN(std::shared_ptr<Container> container, GetContainer(id));
    return container->Snapshot();
  }

  std::vector<ContainerSnapshot> Containers() const override {
    std::vector<ContainerSnapshot> snapshots;
    for (const auto& container : context_.containers.All()) {
      if (Sees(*container->pod())) {
        snapshots.push_back(container->Snapshot());
      }
    }
    SortNewestFirst(snapshots);
    return snapshots;
  }

  std::vector<ContainerSnapshot> ContainersOf(const std::string& pod_id) const override {
    return Listed(pod_id) == nullptr ? std::vector<ContainerSnapshot>()
                                     : SnapshotsOf(context_, pod_id);
  }

  absl::Status UpdateResources(const Call& call, absl::string_view id,
                               const v1::LinuxContainerResources& resources) override {
    ASSIGN_OR_RETURN(std::shared_ptr<Container> container, GetContainer(id));
    return runtime::UpdateResources(context_, call, container, resources);
  }

  absl::Status ReopenLog(const Call& call, absl::string_view id) override {
    ASSIGN_OR_RETURN(std::shared_ptr<Container> container, GetContainer(id));
    RETURN_IF_ERROR(container->CheckRunning());
    return container->pod()->shim().ReopenLog(call.Within(kShimPatience), container->id());
  }

  absl::StatusOr<ExecResult> ExecSync(const Call& call, absl::string_view id,
                                      const std::vector<std::string>& command,
                                      absl::Duration timeout) override {
    ASSIGN_OR_RETURN(std::shared_ptr<Container> container, GetContainer(id));
    return runtime::ExecSync(context_, call, *container, command, timeout);
  }

  absl::StatusOr<std::unique_ptr<ProcessSession>> Exec(const Call& call, absl::string_view id,
                                                       const ExecCommand& command,
                                                       const StreamChoice& streams) override {
    ASSIGN_OR_RETURN(std::shared_ptr<Container> container, GetContainer(id));
    return StartExec(context_, call, *container, command, streams);
  }

  absl::StatusOr<std::unique_ptr<ProcessSession>> Attach(const Call& call, absl::string_view id,
                                                         const StreamChoice& streams) override {
    ASSIGN_OR_RETURN(std::shared_ptr<Container> container, GetContainer(id));
    return AttachTo(call, *container, streams);
  }

  absl::StatusOr<std::unique_ptr<ProcessSession>> AttachAhead(
      const Call& call, absl::string_view id, const StreamChoice& streams) override {
    ASSIGN_OR_RETURN(std::shared_ptr<Container> container, GetContainer(id));
    return AttachAheadTo(call, *container, streams);
  }

  absl::Status Signal(const Call& call, absl::string_view id, int signal) override {
    ASSIGN_OR_RETURN(std::shared_ptr<Container> container, GetContainer(id));
    return SignalContainer(call, *container, signal);
  }

  absl::Status ResizeTerminal(const Call& call, absl::string_view id, uint16_t rows,
                              uint16_t columns) override {
    ASSIGN_OR_RETURN(std::shared_ptr<Container> container, GetContainer(id));
    return runtime::ResizeTerminal(call, *container, rows, columns);
  }

  absl::Status SetFrozen(const Call& call, absl::string_view id, bool frozen) override {
    ASSIGN_OR_RETURN(std::shared_ptr<Container> container, GetContainer(id));
    return runtime::SetFrozen(context_, call, *container, frozen);
  }

  absl::StatusOr<bool> IsFrozen(absl::string_view id) const override {
    ASSIGN_OR_RETURN(std::shared_ptr<Container> container, GetContainer(id));
    return runtime::IsFrozen(context_, *container);
  }

  absl::Status AttachNetwork(const Call& call, absl::string_view pod_id,
                             const NetworkChoice& choice) override {
    ASSIGN_OR_RETURN(std::shared_ptr<Pod> pod, GetPod(pod_id));
    return runtime::AttachNetwork(context_, call, *pod, choice);
  }

  absl::Status DetachNetwork(const Call& call, absl::string_view pod_id,
                             absl::string_view network) override {
    ASSIGN_OR_RETURN(std::shared_ptr<Pod> pod, GetPod(pod_id));
    return runtime::DetachNetwork(context_, call, *pod, network);
  }

  absl::StatusOr<std::vector<AttachedInterface>> Interfaces(
      absl::string_view pod_id) const override {
    ASSIGN_OR_RETURN(std::shared_ptr<Pod> pod, GetPod(pod_id));
    return context_.network->Interfaces(pod->id());
  }

  absl::StatusOr<std::vector<sys::Fd>> OpenSockets(const Call& call,
                                                   absl::string_view pod_id) override {
    ASSIGN_OR_RETURN(std::shared_ptr<Pod> pod, GetPod(pod_id));
    RETURN_IF_ERROR(pod->CheckReady());
    return pod->shim().OpenSockets(call.Within(kShimPatience));
  }

  absl::StatusOr<ContainerUsage> Usage(absl::string_view id) const override {
    ASSIGN_OR_RETURN(std::shared_ptr<Container> container, GetContainer(id));
    return ReadUsage(context_, *container);
  }

  absl::StatusOr<Figures> FiguresOfContainer(absl::string_view id) const override {
    ASSIGN_OR_RETURN(std::shared_ptr<Container> container, GetContainer(id));
    return ReadFigures(context_, *container);
  }

  absl::StatusOr<std::vector<int>> Processes(absl::string_view id) const override {
    ASSIGN_OR_RETURN(std::shared_ptr<Container> container, GetContainer(id));
    return ReadProcesses(context_, *container);
  }

  absl::StatusOr<PodUsage> UsageOfPod(absl::string_view id) const override {
    ASSIGN_OR_RETURN(std::shared_ptr<Pod> pod, GetPod(id));
    return ReadUsage(context_, *pod);
  }

  absl::StatusOr<Figures> FiguresOfPod(absl::string_view id) const override {
    ASSIGN_OR_RETURN(std::shared_ptr<Pod> pod, GetPod(id));
    return ReadFigures(context_, *pod);
  }

  absl::StatusOr<PodNetworkUsage> NetworkUsage(absl::string_view pod_id) const override {
    ASSIGN_OR_RETURN(std::shared_ptr<Pod> pod, GetPod(pod_id));
    return ReadNetworkUsage(*pod);
  }

  std::shared_ptr<EventQueue> SubscribeToEvents() override {
    return context_.events.Subscribe(owner_);
  }

  CgroupDriver cgroup_driver() const override { return context_.options.cgroup_driver; }
  std::vector<HandlerFeatures> Handlers() const override {
    std::vector<HandlerFeatures> handlers;
    for (const std::string& name : context_.handlers.Names()) {
      // Mounts are read-only before a runtime gets them.
      const NodeRuntime* other = context_.handlers.Find(name);
      const bool users = other == nullptr || other->features.user_namespaces;
      handlers.push_back(
          {name, context_.facts.recursive_read_only, users && context_.facts.user_namespaces});
    }
    return handlers;
  }

  absl::Status NetworkReady() const override { return context_.network->Ready(); }

  void OnContainerRemoved(std::function<void(const std::string&)> callback) override {
    context_.removals.Listen(std::move(callback));
  }

  void SetLifecycleHooks(LifecycleHooks* hooks) override { context_.hooks = hooks; }

  RuntimeContext& context() { return context_; }

  std::vector<std::string> ContainerIds() const override {
    std::vector<std::string> ids;
    for (const auto& container : context_.containers.All()) {
      if (Sees(*container->pod())) {
        ids.push_back(container->id());
      }
    }
    return ids;
  }

 private:
  bool Sees(const Pod& pod) const { return !owner_.has_value() || pod.extras().owner == *owner_; }

  // Null for what is not there, is being made or is not to be seen.
  std::shared_ptr<Pod> Listed(absl::string_view id) const {
    std::shared_ptr<Pod> pod = context_.pods.Find(id);
    return pod != nullptr && pod->listed() && Sees(*pod) ? pod : nullptr;
  }
  std::shared_ptr<Container> Known(absl::string_view id) const {
    std::shared_ptr<Container> container = context_.containers.Find(id);
    return container != nullptr && Sees(*container->pod()) ? container : nullptr;
  }
  // The same; NotFound in the words of the CRI.
  absl::StatusOr<std::shared_ptr<Pod>> GetPod(absl::string_view id) const {
    std::shared_ptr<Pod> pod = Listed(id);
    return pod != nullptr ? absl::StatusOr<std::shared_ptr<Pod>>(std::move(pod))
                          : absl::NotFoundError(absl::StrCat("pod sandbox \"", id, "\" not found"));
  }
  absl::StatusOr<std::shared_ptr<Container>> GetContainer(absl::string_view id) const {
    std::shared_ptr<Container> container = Known(id);
    return container != nullptr
               ? absl::StatusOr<std::shared_ptr<Container>>(std::move(container))
               : absl::NotFoundError(absl::StrCat("container \"", id, "\" not found"));
  }

  const std::unique_ptr<OpenState> state_;  // null of a view
  // Questions do not change what they ask, but samples of CPU time and the network's cache do.
  RuntimeContext& context_;
  const std::optional<PodOwner> owner_;
};

absl::Status OpenState::OpenDirectories() {
  const RuntimePaths& paths = context_.options.paths;
  RETURN_IF_ERROR(CheckLiesInNoOther(paths.state, paths.root));
  RETURN_IF_ERROR(CheckLiesInNoOther(paths.root, paths.state));
  ASSIGN_OR_RETURN(state_lock_, LockDirectory(paths.state, kPassedDirectory));
  ASSIGN_OR_RETURN(root_lock_, LockDirectory(paths.root, kPrivateDirectory));
  RETURN_IF_ERROR(EnsureDirectories(JoinPath(paths.root, "pods"), kPrivateDirectory));
  const std::string pods = JoinPath(paths.state, "pods");
  RETURN_IF_ERROR(EnsureDirectories(pods, kPassedDirectory));
  return ToStatus(sys::SetModeAt(AT_FDCWD, pods.c_str(), kPassedDirectory), "set mode of ", pods);
}

absl::Status OpenState::OpenParts() {
  const RuntimeOptions& options = context_.options;
  RETURN_IF_ERROR(CheckCgroupParent(options.cgroup_driver, options.cgroup_root));
  if (options.cgroup_driver == CgroupDriver::kSystemd && !SystemdRuns()) {
    return absl::FailedPreconditionError("the cgroup driver is systemd, which does not run here");
  }
  ASSIGN_OR_RETURN(context_.hierarchies, FindHierarchies());
  if (options.cgroup_driver == CgroupDriver::kCgroupfs) {
    // With each first and last pod it would come and go again, in every hierarchy.
    LogIfError(Cgroup(context_.hierarchies, options.cgroup_root).Create(), "make the pods' cgroup");
  }
  ASSIGN_OR_RETURN(context_.facts, FindHostFacts(context_.hierarchies));
  context_.host = std::make_unique<RealHostFiles>(
      DaemonPlaces{.root = options.paths.root, .state = options.paths.state});
  ASSIGN_OR_RETURN(context_.launcher, ShimLauncher::Open(options.paths.shim));
  context_.handlers = Handlers::Open(options.handlers, options.paths.state);
  context_.network = PodNetwork::Create({.config_dirs = options.cni_config_dirs,
                                         .plugin_dirs = options.cni_plugin_dirs,
                                         .cache_dir = options.cni_cache_dir,
                                         .lease_dirs = options.cni_lease_dirs,
                                         .undo_time = context_.undo_time},
                                        context_.metrics);
  context_.agenda = std::make_unique<Agenda>("rt-work", kAgendaThreads);
  context_.kills = std::make_unique<Agenda>("rt-kill", kKillThreads);
  ASSIGN_OR_RETURN(context_.monitor,
                   ShimMonitor::Start(
                       {.on_reply = [this](const ShimReply& reply) { ApplyReply(context_, reply); },
                        .on_end = [this](const std::string& pod_id) { OnShimEnd(pod_id); }},
                       context_.metrics.shims));
  return absl::OkStatus();
}

absl::Status OpenState::Open() {
  RETURN_IF_ERROR(OpenDirectories());
  RETURN_IF_ERROR(OpenParts());
  const std::string records_path = JoinPath(context_.options.paths.root, "runtime.db");
  ASSIGN_OR_RETURN(context_.records, Records::Open(records_path));
  ASSIGN_OR_RETURN(const std::string boot_id, ReadBootId());
  RETURN_IF_ERROR(Recover(context_, boot_id));
  StartUpkeep(context_, records_path);
  return absl::OkStatus();
}

}  // namespace

std::unique_ptr<Checkpointer> Checkpointer::Of(PodRuntime& runtime, std::string criu) {
  return MakeCheckpointer(static_cast<ShimPodRuntime&>(runtime).context(), std::move(criu));
}

absl::Status LabelLayers(PodRuntime& runtime, const std::string& directory) {
  return LabelLayers(static_cast<ShimPodRuntime&>(runtime).context().facts, directory);
}

std::unique_ptr<PlanCheck> PlanCheck::Of(PodRuntime& runtime) {
  return MakePlanCheck(static_cast<ShimPodRuntime&>(runtime).context());
}

void BeginShutdown(PodRuntime& runtime) {
  static_cast<ShimPodRuntime&>(runtime).context().undo_time->Shorten();
}

absl::StatusOr<std::unique_ptr<PodRuntime>> PodRuntime::Create(RuntimeOptions options,
                                                               metrics::Metrics& metrics) {
  auto state = std::make_unique<OpenState>(std::move(options), metrics);
  RETURN_IF_ERROR(state->Open());
  return std::make_unique<ShimPodRuntime>(std::move(state));
}

std::unique_ptr<PodRuntime> PodRuntime::ViewOf(PodRuntime& whole, PodOwner owner) {
  return std::make_unique<ShimPodRuntime>(static_cast<ShimPodRuntime&>(whole).context(), owner);
}

}  // namespace berth::runtime
