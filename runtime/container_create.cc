// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_create.h"

#include <sys/stat.h>

#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "base/sys/user_namespace.h"
#include "runtime/bundle_files.h"
#include "runtime/cdi/injection.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/container_events.h"
#include "runtime/names.h"
#include "runtime/oci/bundle.h"
#include "runtime/placement.h"
#include "runtime/pod_files.h"
#include "runtime/pod_table.h"
#include "runtime/resources.h"
#include "runtime/spec/launch_planner.h"

namespace berth::runtime {
namespace {

// As the shim of another pod knows it: LaunchPlan::pid_target.
absl::StatusOr<std::string> NameOfProcess(const Container& container) {
  const int pid = container.state().pid;
  ASSIGN_OR_RETURN(const sys::Fd space,
                   ToStatusOr(sys::OpenNamespaceOf(pid, "pid"), "container ", container.id()));
  ASSIGN_OR_RETURN(const struct stat info,
                   ToStatusOr(sys::Stat(space.get()), "container ", container.id()));
  RETURN_IF_ERROR(container.CheckRunning());  // so the process was its own
  return absl::StrCat("/", pid, "/", info.st_ino);
}

// The container whose PID namespace is asked for; empty when none is.
absl::StatusOr<std::string> FindPidTarget(const RuntimeContext& context, const Pod& pod,
                                          const v1::ContainerConfig& config) {
  const v1::NamespaceOption& options = config.linux().security_context().namespace_options();
  if (options.pid() != v1::TARGET) {
    return std::string();
  }
  const std::shared_ptr<Container> target = context.containers.Find(options.target_id());
  const bool is_own = target != nullptr && target->pod_id() == pod.id();
  // Each container of Docker's clients is a pod.
  const bool may_be_others = pod.extras().owner == PodOwner::kEngine;
  if (target == nullptr || !(is_own || may_be_others) || !target->running()) {
    return absl::InvalidArgumentError(absl::StrCat("target_id ", options.target_id(),
                                                   " is no running container of pod ", pod.id()));
  }
  return is_own ? absl::StatusOr<std::string>(target->id()) : NameOfProcess(*target);
}

// What is to be planned: the request with the CDI devices that it names.
struct Wanted {
  v1::ContainerConfig config;
  ContainerExtras extras;
};

absl::StatusOr<Wanted> AddDevices(RuntimeContext& context, const ContainerRequest& request) {
  Wanted wanted = {request.config, request.extras};
  ASSIGN_OR_RETURN(const std::vector<std::string> names, cdi::RequestedDevices(request.config));
  if (!names.empty()) {
    ASSIGN_OR_RETURN(const std::vector<cdi::FoundDevice> devices,
                     context.cdi.Find(names, *context.host));
    RETURN_IF_ERROR(cdi::Inject(devices, *context.host, wanted.config, wanted.extras));
  }
  return wanted;
}

absl::StatusOr<PlannedLaunch> PlanContainer(RuntimeContext& context, const Call& call,
                                            const Pod& pod, const ContainerRequest& request,
                                            const Cgroup& cgroup, const std::string& log_path) {
  ASSIGN_OR_RETURN(Wanted wanted, AddDevices(context, request));
  ASSIGN_OR_RETURN(std::string pid_target, FindPidTarget(context, pod, request.config));
  const bool host_ipc =
      pod.config().linux().security_context().namespace_options().ipc() == v1::NODE;
  const RootFileReader read_file = [&](absl::string_view path, size_t max_bytes) {
    return request.read_file(call, path, max_bytes);
  };
  LaunchInputs inputs{.container_id = request.id,
                      .pod = pod.config(),
                      .container = wanted.config,
                      .image = request.image,
                      .root = request.root,
                      .image_volumes = request.image_volumes,
                      .read_file = read_file,
                      .facts = context.facts,
                      .host = *context.host,
                      .seccomp = context.seccomp,
                      .files = PodFilesIn(pod.directory(), pod.etc(), host_ipc)};
  inputs.pod_id = pod.id();
  inputs.cgroup_directories = cgroup.directories();
  inputs.oom_file = cgroup.oom_file();
  inputs.log_path = log_path;
  inputs.pid_target = std::move(pid_target);
  inputs.bundle = JoinPath(pod.directory(), absl::StrCat("bundle-", request.id));
  inputs.unset_seccomp_is_default = context.options.unset_seccomp_is_default;
  inputs.extras = std::move(wanted.extras);
  inputs.by_runtime = context.handlers.Find(pod.handler()) != nullptr;
  inputs.call = call;
  return PlanLaunch(inputs);
}

// What a runtime starts the container from; empty where the shim does by itself.
absl::StatusOr<std::string> PlanBundle(const RuntimeContext& context, const Pod& pod,
                                       const Cgroup& cgroup, PlannedLaunch& launch) {
  const NodeRuntime* handler = context.handlers.Find(pod.handler());
  if (handler == nullptr) {
    return std::string();
  }
  if (launch.seccomp.has_value()) {
    RETURN_IF_ERROR(CheckSeccomp(handler->features, *launch.seccomp));
  }
  LaunchPlan& plan = launch.plan;
  plan.program = oci::RunProgram(handler->runtime, plan.container_id,
                                 BundleDirectory(pod, plan.container_id), plan.process.terminal);
  PlaceProgram(context.hierarchies, cgroup, plan.program);
  LaunchPlan possible = plan;
  KeepToWhatWeMay(context.facts, possible.process);
  plan.hooks.clear();  // they are the runtime's now
  plan.bundle.clear();
  plan.hook_state.clear();
  return oci::FormatBundle({.plan = possible,
                            .device_access = launch.device_access,
                            .seccomp = launch.seccomp,
                            .facts = context.facts,
                            .stage = JoinPath(pod.directory(), "root"),
                            .cgroup_path = cgroup.path(),
                            .ids = launch.ids});
}

Cgroup CgroupOf(const RuntimeContext& context, const Pod& pod, const std::string& id) {
  return Cgroup(context.hierarchies, absl::StrCat(pod.cgroup(), "/", id));
}

// All that is planned of a container.
struct ContainerDraft {
  PlannedLaunch launch;
  std::string plan;  // encoded
  std::string bundle;
  CgroupResources resources;
};

absl::StatusOr<ContainerDraft> DraftContainer(RuntimeContext& context, const Call& call,
                                              const Pod& pod, const ContainerRequest& request,
                                              const Cgroup& cgroup) {
  ASSIGN_OR_RETURN(const LogPlace log, PlaceLog(pod.config(), request.config));
  ContainerDraft draft;
  ASSIGN_OR_RETURN(draft.resources, ToCgroupResources(request.config.linux().resources()));
  ASSIGN_OR_RETURN(draft.launch, PlanContainer(context, call, pod, request, cgroup, log.planned()));
  ASSIGN_OR_RETURN(draft.bundle, PlanBundle(context, pod, cgroup, draft.launch));
  draft.plan = Encode(draft.launch.plan);
  if (draft.plan.size() > kMaxPlanSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("the container's mounts, environment and filter "
                     "come to ",
                     draft.plan.size(), " bytes; at most ", kMaxPlanSize, " are possible"));
  }
  return draft;
}

absl::Status LimitCgroup(RuntimeContext& context, const Cgroup& cgroup,
                         const ContainerDraft& draft) {
  RETURN_IF_ERROR(cgroup.Create());
  RETURN_IF_ERROR(
      cgroup.Apply(PlanResources(context.hierarchies, draft.resources, /*current=*/{})));
  return cgroup.ApplyDevices(ToDeviceRules(draft.launch.device_access));
}

ContainerRecord MakeRecord(RuntimeContext& context, const Pod& pod, const ContainerRequest& request,
                           const PlannedLaunch& launch) {
  ContainerRecord record;
  record.id = request.id;
  record.pod_id = pod.id();
  record.config = request.config;
  record.image = request.image;
  record.created_at = context.clock.Next();
  record.log_path = launch.plan.log_path.empty() ? "" : CleanPath(launch.plan.log_path);
  record.uid = launch.plan.process.uid;
  record.gid = launch.plan.process.gid;
  record.groups = launch.plan.process.groups;
  record.stop_signal = launch.stop_signal;
  return record;
}

// The cgroup and the bundle come before the record, which makes the container exist: a daemon that
// dies between them leaves a cgroup below the pod's that no container has, and the next one removes
// that; the bundle goes with the pod.
absl::Status KeepContainer(RuntimeContext& context, const std::shared_ptr<Pod>& pod,
                           const ContainerRequest& request, const Cgroup& cgroup,
                           const ContainerDraft& draft) {
  absl::Cleanup remove = [&] {
    LogIfError(cgroup.Remove(), "ignored: removing the cgroup of a container not created");
    LogIfError(RemoveBundle(*pod, request.id), "ignored: removing the bundle of no container");
  };
  RETURN_IF_ERROR(LimitCgroup(context, cgroup, draft));
  if (!draft.bundle.empty()) {
    RETURN_IF_ERROR(MakeBundle(*pod, request.id, draft.bundle));
  }
  ContainerRecord record = MakeRecord(context, *pod, request, draft.launch);
  RETURN_IF_ERROR(context.records->AddContainer(record, draft.plan));
  std::move(remove).Cancel();
  auto container = std::make_shared<Container>(std::move(record), pod);
  InsertContainer(context, container);
  TellCreated(context, *container);
  return absl::OkStatus();
}

// What begins once it is clear that the container can be new.
absl::Status MakeContainer(RuntimeContext& context, const Call& call,
                           const std::shared_ptr<Pod>& pod, const ContainerRequest& request) {
  const Cgroup cgroup = CgroupOf(context, *pod, request.id);
  ASSIGN_OR_RETURN(const ContainerDraft draft,
                   DraftContainer(context, call, *pod, request, cgroup));
  ASSIGN_OR_RETURN(OperationLock::Held held, pod->operations().Acquire(call, "create container"));
  RETURN_IF_ERROR(pod->CheckReady());
  return KeepContainer(context, pod, request, cgroup, draft);
}

absl::Status MakeWithHooks(RuntimeContext& context, const Call& call,
                           const std::shared_ptr<Pod>& pod, const ContainerRequest& request) {
  LifecycleHooks* hooks = context.hooks;
  if (hooks == nullptr) {
    return MakeContainer(context, call, pod, request);
  }
  ContainerRequest changed = request;
  RETURN_IF_ERROR(hooks->BeforeCreate(call, pod->Snapshot(), changed));
  absl::Status made = MakeContainer(context, call, pod, changed);
  hooks->AfterCreate(request.id, made.ok());
  return made;
}

}  // namespace

absl::StatusOr<std::string> CreateContainer(RuntimeContext& context, const Call& call,
                                            const std::shared_ptr<Pod>& pod,
                                            const ContainerRequest& request) {
  const absl::Time start = SteadyNow();
  const v1::ContainerMetadata& metadata = request.config.metadata();
  const std::string name = ContainerNameKey(pod->id(), metadata);
  if (auto existing = context.containers.FindByName(name); existing != nullptr) {
    if (existing->Claim()) {
      return existing->id();
    }
    return absl::AlreadyExistsError(absl::StrCat("container ", metadata.name(), " attempt ",
                                                 metadata.attempt(), " exists as ",
                                                 existing->id()));
  }
  if (!IsObjectId(request.id)) {
    return absl::InvalidArgumentError("a container's id has 64 hex digits");
  }
  RETURN_IF_ERROR(pod->CheckReady());
  RETURN_IF_ERROR(MakeWithHooks(context, call, pod, request));
  ObserveStart(context, "create", start);
  LogInfo("container created", {{"container", request.id},
                                {"pod", pod->id()},
                                {"name", metadata.name()},
                                {"image", request.image.reference}});
  return request.id;
}

absl::Status CheckContainer(RuntimeContext& context, const Call& call, const Pod& pod,
                            const ContainerRequest& request) {
  return DraftContainer(context, call, pod, request, CgroupOf(context, pod, request.id)).status();
}

}  // namespace berth::runtime
