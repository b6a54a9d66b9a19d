// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/launch_planner.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "runtime/spec/capabilities.h"
#include "runtime/spec/environment.h"
#include "runtime/spec/hooks.h"
#include "runtime/spec/masked_paths.h"
#include "runtime/spec/namespaces.h"
#include "runtime/spec/requested_mounts.h"
#include "runtime/spec/rlimits.h"
#include "runtime/spec/seccomp_choice.h"
#include "runtime/spec/security_label.h"
#include "runtime/spec/selinux.h"
#include "runtime/spec/stop_signal.h"
#include "runtime/spec/user.h"
#include "runtime/spec/user_namespace.h"

namespace berth::runtime {
namespace {

const v1::LinuxContainerSecurityContext& SecurityOf(const LaunchInputs& inputs) {
  return inputs.container.linux().security_context();
}

absl::StatusOr<int32_t> CheckOomScore(int64_t adjustment) {
  constexpr int64_t kLimit = 1000;
  if (adjustment < -kLimit || adjustment > kLimit) {
    return absl::InvalidArgumentError(
        absl::StrCat("oom_score_adj ", adjustment, " is not in -1000…1000"));
  }
  return static_cast<int32_t>(adjustment);
}

absl::Status PlanIdentity(const LaunchInputs& inputs, ProcessPlan& process) {
  ASSIGN_OR_RETURN(ResolvedUser user,
                   PlanUser(SecurityOf(inputs), inputs.image.user, inputs.read_file));
  process.uid = user.uid;
  process.gid = user.gid;
  process.groups = std::move(user.groups);
  ASSIGN_OR_RETURN(std::vector<uint32_t> more,
                   FindGroups(inputs.extras.group_names, inputs.read_file));
  more.insert(more.end(), inputs.extras.groups.begin(), inputs.extras.groups.end());
  for (const uint32_t group : more) {
    if (std::find(process.groups.begin(), process.groups.end(), group) == process.groups.end()) {
      process.groups.push_back(group);
    }
  }
  const std::string& hostname =
      inputs.pod.hostname().empty() ? inputs.facts.hostname : inputs.pod.hostname();
  ASSIGN_OR_RETURN(process.environment,
                   PlanEnvironment(inputs.container, inputs.image, hostname, user.home));
  return absl::OkStatus();
}

absl::Status PlanConfinement(const LaunchInputs& inputs, ProcessPlan& process) {
  const v1::LinuxContainerSecurityContext& security = SecurityOf(inputs);
  ASSIGN_OR_RETURN(process.capabilities, PlanCapabilities(security, inputs.facts.capabilities));
  process.no_new_privileges = security.no_new_privs();
  ASSIGN_OR_RETURN(process.apparmor_profile, PlanAppArmor(security, inputs.facts, inputs.host));
  return absl::OkStatus();
}

absl::Status PlanLabels(const LaunchInputs& inputs, LaunchPlan& plan) {
  const v1::LinuxContainerSecurityContext& security = SecurityOf(inputs);
  const v1::SELinuxOption& of_pod = inputs.pod.linux().security_context().selinux_options();
  ASSIGN_OR_RETURN(SelinuxLabels labels,
                   PlanSelinux(MergeSelinuxOptions(of_pod, security.selinux_options()),
                               security.privileged(), inputs.pod_id, inputs.facts, inputs.host));
  plan.process.selinux_label = std::move(labels.process);
  plan.mount_label = std::move(labels.mount);
  return absl::OkStatus();
}

absl::Status PlanFilter(const LaunchInputs& inputs, PlannedLaunch& planned) {
  ProcessPlan& process = planned.plan.process;
  if (inputs.by_runtime) {
    ASSIGN_OR_RETURN(
        planned.seccomp,
        FindSeccompProfile(SecurityOf(inputs), inputs.unset_seccomp_is_default, inputs.host));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(
      SeccompProgram filter,
      PlanSeccomp(SecurityOf(inputs), process.capabilities.bounding,
                  inputs.unset_seccomp_is_default, inputs.facts, inputs.host, inputs.seccomp));
  process.seccomp_program = std::move(filter.instructions);
  process.seccomp_flags = filter.flags;
  return absl::OkStatus();
}

absl::StatusOr<ProcessPlan> PlanProcess(const LaunchInputs& inputs) {
  ProcessPlan process;
  ASSIGN_OR_RETURN(process.arguments, PlanArguments(inputs.container, inputs.image));
  ASSIGN_OR_RETURN(process.working_directory, PlanWorkingDirectory(inputs.container, inputs.image));
  RETURN_IF_ERROR(PlanIdentity(inputs, process));
  RETURN_IF_ERROR(PlanConfinement(inputs, process));
  process.rlimits = PlanRlimits(inputs.facts, inputs.extras.rlimits);
  ASSIGN_OR_RETURN(process.oom_score_adj,
                   CheckOomScore(inputs.container.linux().resources().oom_score_adj()));
  process.terminal = inputs.container.tty();
  return process;
}

absl::Status PlanPlace(const LaunchInputs& inputs, LaunchPlan& plan) {
  const v1::NamespaceOption& options = SecurityOf(inputs).namespace_options();
  ASSIGN_OR_RETURN(
      plan.pid_namespace,
      PlanPidNamespace(inputs.pod.linux().security_context().namespace_options(), options));
  if (plan.pid_namespace == PidNamespace::kTarget) {
    if (inputs.pid_target.empty()) {
      return absl::InvalidArgumentError("namespace_options.target_id names no running container");
    }
    plan.pid_target = inputs.pid_target;
  }
  plan.cgroup_directories = inputs.cgroup_directories;
  plan.cgroup_namespace = inputs.extras.cgroup_namespace.value_or(!SecurityOf(inputs).privileged());
  plan.oom_file = inputs.oom_file;
  plan.log_path = inputs.log_path;
  plan.open_stdin = inputs.container.stdin();
  return absl::OkStatus();
}

template <typename T>
void MoveInto(std::vector<T>& to, std::vector<T> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

bool LiesBelow(const std::string& path, const std::string& directory) {
  return absl::StartsWith(path, directory + "/");
}

// Each before the first mount that lies below it.
void AddMounts(const std::vector<MountPlan>& more, std::vector<MountPlan>& mounts) {
  for (const MountPlan& mount : more) {
    const auto below = std::find_if(mounts.begin(), mounts.end(), [&](const MountPlan& other) {
      return LiesBelow(other.destination, mount.destination);
    });
    mounts.insert(below, mount);
  }
}

absl::Status AddExtraMounts(const LaunchInputs& inputs, LaunchPlan& plan) {
  std::vector<MountPlan> mounts = inputs.extras.mounts;
  for (const MountPlan& mount : mounts) {
    RETURN_IF_ERROR(CheckOutsideProc(mount.destination, mount.source));
  }
  LabelTmpfs(plan.mount_label, mounts);
  AddMounts(mounts, plan.mounts);
  return absl::OkStatus();
}

// A directory of the node or of an image, in which nothing is to be made.
bool HasForeignDev(const std::vector<MountPlan>& mounts) {
  return std::any_of(mounts.begin(), mounts.end(), [](const MountPlan& mount) {
    return mount.destination == "/dev" && mount.kind != MountKind::kFilesystem;
  });
}

absl::Status LabelFiles(const LaunchInputs& inputs, const std::string& mount_label) {
  if (mount_label.empty()) {
    return absl::OkStatus();
  }
  for (const std::string& path : inputs.extras.shared_files) {
    ASSIGN_OR_RETURN(const std::string place, inputs.host.FindMountSource(path));
    RETURN_IF_ERROR(inputs.host.Relabel(inputs.call, place, SharedSelinuxLabel(mount_label)));
  }
  for (const OwnFiles& own : inputs.extras.own_files) {
    RETURN_IF_ERROR(inputs.host.LabelOwn(
        inputs.call, own.path, own.shared ? SharedSelinuxLabel(mount_label) : mount_label));
  }
  return absl::OkStatus();
}

// The nodes that are to be the user's.
std::vector<ExtraDevice> OwnedDevices(const LaunchInputs& inputs, const ProcessPlan& process) {
  std::vector<ExtraDevice> devices = inputs.extras.devices;
  for (ExtraDevice& device : devices) {
    if (device.users && process.uid != 0) {
      device.node.uid = process.uid;
    }
    if (device.groups && process.gid != 0) {
      device.node.gid = process.gid;
    }
  }
  return devices;
}

absl::Status PlanFiles(const LaunchInputs& inputs, const IdRange& ids, LaunchPlan& plan,
                       std::vector<DeviceAccess>& device_access) {
  plan.root.lower = inputs.root.lower;
  plan.root.upper = inputs.root.upper;
  plan.root.work = inputs.root.work;
  plan.root.read_only = SecurityOf(inputs).readonly_rootfs();
  RETURN_IF_ERROR(LabelFiles(inputs, plan.mount_label));
  ASSIGN_OR_RETURN(
      PlannedMounts mounts,
      PlanMounts({inputs.container, inputs.facts, inputs.host, inputs.files, inputs.image_volumes,
                  ids, plan.mount_label, inputs.extras.not_recursive, inputs.call}));
  ASSIGN_OR_RETURN(PlannedDevices devices,
                   PlanDevices(inputs.container, inputs.host, OwnedDevices(inputs, plan.process)));
  devices.access.insert(devices.access.end(), inputs.extras.device_access.begin(),
                        inputs.extras.device_access.end());
  ASSIGN_OR_RETURN(ProtectedPaths paths, PlanProtectedPaths(inputs.container.linux()));
  plan.root_propagation = mounts.root_propagation;
  plan.mounts = std::move(mounts.mounts);
  RETURN_IF_ERROR(AddExtraMounts(inputs, plan));
  if (!HasForeignDev(plan.mounts)) {
    plan.devices = std::move(devices.nodes);
    plan.symlinks = std::move(devices.symlinks);
  }
  MoveInto(plan.symlinks, std::move(mounts.symlinks));
  plan.masked_paths = std::move(paths.masked);
  plan.read_only_paths = std::move(paths.read_only);
  MoveInto(plan.read_only_paths, std::move(mounts.read_only_paths));
  device_access = std::move(devices.access);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PlannedLaunch> PlanLaunch(const LaunchInputs& inputs) {
  if (SecurityOf(inputs).privileged() && !inputs.pod.linux().security_context().privileged()) {
    return absl::InvalidArgumentError("a privileged container needs a privileged pod");
  }
  PlannedLaunch planned;
  planned.plan.container_id = inputs.container_id;
  ASSIGN_OR_RETURN(planned.ids,
                   PlanUserNamespace(inputs.pod.linux().security_context().namespace_options(),
                                     SecurityOf(inputs).namespace_options(), inputs.facts));
  RETURN_IF_ERROR(PlanPlace(inputs, planned.plan));
  ASSIGN_OR_RETURN(planned.plan.process, PlanProcess(inputs));
  RETURN_IF_ERROR(PlanLabels(inputs, planned.plan));
  RETURN_IF_ERROR(PlanFilter(inputs, planned));
  RETURN_IF_ERROR(CheckIdsAreMapped(planned.plan.process, planned.ids));
  RETURN_IF_ERROR(PlanFiles(inputs, planned.ids, planned.plan, planned.device_access));
  RETURN_IF_ERROR(
      PlanHooks(inputs.extras.hooks, inputs.container, inputs.bundle, planned.ids, planned.plan));
  planned.stop_signal =
      EffectiveStopSignal(inputs.container.stop_signal(), inputs.image.stop_signal);
  return planned;
}

}  // namespace berth::runtime
