// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_planner.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/path.h"
#include "base/protected_paths.h"
#include "base/status.h"
#include "cri/engine_api/containers/creation_check.h"
#include "cri/engine_api/containers/label_options.h"
#include "cri/engine_api/host_entry.h"
#include "cri/engine_api/networks/network.h"
#include "runtime/spec/mount_attributes.h"

namespace berth::cri {
namespace {

constexpr int64_t kUsualPeriod = 100'000;  // microseconds
constexpr int64_t kNano = 1'000'000'000;
constexpr uint64_t kTmpfsAttributes =
    runtime::kMountNoSuid | runtime::kMountNoDev | runtime::kMountNoExec;

constexpr char kSharedMemory[] = "/dev/shm";

absl::Status NotThere(absl::string_view what, absl::string_view value) {
  return absl::UnimplementedError(absl::StrCat(what, " \"", value, "\" is not supported"));
}

bool IsUsual(const std::string& mode) {
  return mode.empty() || mode == "private" || mode == "default";
}

struct Modes {
  bool host_network = false, host_uts = false, host_cgroups = false;
  v1::NamespaceMode pid = v1::CONTAINER;
  v1::NamespaceMode ipc = v1::POD;
};

absl::StatusOr<Modes> ReadModes(const ContainerSpec& spec, NetworkKind network, bool ipc_is_hosts) {
  Modes modes;
  modes.host_network = network == NetworkKind::kHost;
  if (spec.pid_mode == "host") {
    modes.pid = v1::NODE;
  } else if (absl::StartsWith(spec.pid_mode, kOfContainer)) {
    modes.pid = v1::TARGET;
  } else if (!IsUsual(spec.pid_mode)) {
    return NotThere("the PID mode", spec.pid_mode);
  }
  if (spec.ipc_mode == "host" || ipc_is_hosts) {
    modes.ipc = v1::NODE;
  } else if (!IsUsual(spec.ipc_mode) && spec.ipc_mode != "shareable" && spec.ipc_mode != "none" &&
             !absl::StartsWith(spec.ipc_mode, kOfContainer)) {
    return absl::InvalidArgumentError(absl::StrCat("invalid IPC mode: ", spec.ipc_mode));
  }
  if (spec.ipc_mode == "none" && spec.privileged) {  // nothing is masked there
    return NotThere("of a privileged container the IPC mode", spec.ipc_mode);
  }
  modes.host_uts = spec.uts_mode == "host";
  if (!modes.host_uts && !spec.uts_mode.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("invalid UTS mode: ", spec.uts_mode));
  }
  modes.host_cgroups = spec.cgroupns_mode == "host";
  if (!modes.host_cgroups && !IsUsual(spec.cgroupns_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("invalid cgroup namespace mode: ", spec.cgroupns_mode));
  }
  if (!spec.userns_mode.empty() && spec.userns_mode != "host") {
    return NotThere("the user namespace mode", spec.userns_mode);
  }
  return modes;
}

void SetNamespaces(const Modes& modes, v1::NamespaceOption& options) {
  options.set_network(modes.host_network ? v1::NODE : v1::POD);
  options.set_pid(modes.pid);
  options.set_ipc(modes.ipc);
}

void AddPorts(const std::vector<PublishedPort>& ports, v1::PodSandboxConfig& pod) {
  for (const PublishedPort& port : ports) {
    v1::PortMapping& mapping = *pod.add_port_mappings();
    mapping.set_container_port(port.container_port);
    mapping.set_host_port(port.host_port);
    mapping.set_host_ip(port.host_ip);
    mapping.set_protocol(port.protocol == "udp"    ? v1::UDP
                         : port.protocol == "sctp" ? v1::SCTP
                                                   : v1::TCP);
  }
}

// "host-gateway" is where the node is; there is no such host where it cannot be reached.
absl::StatusOr<std::vector<std::string>> HostLines(const std::vector<std::string>& entries,
                                                   const std::string& gateway) {
  std::vector<std::string> lines;
  for (const std::string& text : entries) {
    ASSIGN_OR_RETURN(const HostEntry entry, ParseHostEntry(text));
    const std::string& address = entry.address == "host-gateway" ? gateway : entry.address;
    if (!address.empty()) {
      lines.push_back(absl::StrCat(address, "\t", entry.name));
    }
  }
  return lines;
}

absl::Status PlanNetworks(const ContainerSpec& spec, const PlanSurroundings& surroundings,
                          ContainerPlan& plan) {
  const PodNetworking& networking = surroundings.networking;
  if (!networking.dns_servers.empty() || !networking.dns_searches.empty() ||
      !networking.dns_options.empty()) {
    v1::DNSConfig& dns = *plan.pod.mutable_dns_config();
    dns.mutable_servers()->Assign(networking.dns_servers.begin(), networking.dns_servers.end());
    dns.mutable_searches()->Assign(networking.dns_searches.begin(), networking.dns_searches.end());
    dns.mutable_options()->Assign(networking.dns_options.begin(), networking.dns_options.end());
  }
  AddPorts(networking.ports, plan.pod);
  plan.pod_extras.networks = networking.networks;
  plan.pod_extras.network_of = surroundings.network_of;
  // One that was disconnected from all of its networks has none of the node's instead.
  plan.pod_extras.isolated =
      networking.kind == NetworkKind::kNone ||
      (networking.kind == NetworkKind::kNetworks && networking.networks.empty());
  ASSIGN_OR_RETURN(plan.pod_extras.hosts, HostLines(spec.extra_hosts, networking.gateway));
  return absl::OkStatus();
}

absl::Status PlanPod(const EngineContainerRecord& record, const ContainerSpec& spec,
                     const Modes& modes, const PlanSurroundings& surroundings,
                     ContainerPlan& plan) {
  v1::PodSandboxConfig& pod = plan.pod;
  pod.mutable_metadata()->set_name(record.name);
  pod.mutable_metadata()->set_uid(record.id);
  pod.mutable_metadata()->set_namespace_(std::string(kEngineNamespace));
  pod.mutable_metadata()->set_attempt(record.state.attempt);
  if (!modes.host_uts) {
    pod.set_hostname(spec.hostname);
  }
  pod.set_log_directory(surroundings.directory);
  pod.mutable_labels()->insert(spec.labels.begin(), spec.labels.end());
  v1::LinuxPodSandboxConfig& linux_pod = *pod.mutable_linux();
  linux_pod.set_cgroup_parent(spec.cgroup_parent);
  linux_pod.mutable_sysctls()->insert(spec.sysctls.begin(), spec.sysctls.end());
  linux_pod.mutable_security_context()->set_privileged(spec.privileged);
  v1::NamespaceOption& namespaces =
      *linux_pod.mutable_security_context()->mutable_namespace_options();
  SetNamespaces(modes, namespaces);
  if (modes.pid == v1::TARGET) {  // no pod is as a whole
    namespaces.set_pid(v1::CONTAINER);
  }
  plan.pod_extras.owner = runtime::PodOwner::kEngine;
  plan.pod_extras.shm_size = static_cast<uint64_t>(spec.shm_size);
  plan.pod_extras.ipc_of = surroundings.ipc_of;
  plan.pod_extras.host_uts = modes.host_uts;
  plan.pod_extras.own_uts = !modes.host_uts;
  plan.pod_extras.domain_name = spec.domain_name;
  return PlanNetworks(spec, surroundings, plan);
}

absl::Status ApplySecurityOption(const std::string& option, const std::string& seccomp_file,
                                 v1::LinuxContainerSecurityContext& security) {
  const size_t separator = option.find_first_of("=:");
  const std::string name = option.substr(0, separator);
  const std::string value = separator == std::string::npos ? "" : option.substr(separator + 1);
  if (name == "no-new-privileges") {
    security.set_no_new_privs(value.empty() || value == "true");
  } else if (name == "seccomp" && value == "unconfined") {
    security.mutable_seccomp()->set_profile_type(v1::SecurityProfile::Unconfined);
  } else if (name == "seccomp" && value != "builtin") {
    security.mutable_seccomp()->set_profile_type(v1::SecurityProfile::Localhost);
    security.mutable_seccomp()->set_localhost_ref(seccomp_file);
  } else if (name == "apparmor") {
    security.mutable_apparmor()->set_profile_type(
        value == "unconfined" ? v1::SecurityProfile::Unconfined : v1::SecurityProfile::Localhost);
    security.mutable_apparmor()->set_localhost_ref(value == "unconfined" ? "" : value);
  } else if (name != "label" && name != "seccomp" && name != "writable-cgroups") {
    return absl::InvalidArgumentError(absl::StrCat("invalid --security-opt 2: \"", option, "\""));
  }
  return absl::OkStatus();
}

std::string WithoutCap(const std::string& name) {
  return std::string(absl::StripPrefix(absl::StripPrefix(name, "CAP_"), "cap_"));
}

absl::Status PlanSecurity(const ContainerSpec& spec, const Modes& modes,
                          const PlanSurroundings& surroundings,
                          v1::LinuxContainerSecurityContext& security) {
  security.set_privileged(spec.privileged);
  security.set_readonly_rootfs(spec.read_only_root);
  SetNamespaces(modes, *security.mutable_namespace_options());
  security.mutable_namespace_options()->set_target_id(surroundings.pid_of);
  for (const std::string& name : spec.cap_add) {
    security.mutable_capabilities()->add_add_capabilities(WithoutCap(name));
  }
  for (const std::string& name : spec.cap_drop) {
    security.mutable_capabilities()->add_drop_capabilities(WithoutCap(name));
  }
  security.mutable_seccomp()->set_profile_type(v1::SecurityProfile::RuntimeDefault);
  const std::string seccomp_file = JoinPath(surroundings.directory, kSeccompProfile);
  for (const std::string& option : spec.security_options) {
    RETURN_IF_ERROR(ApplySecurityOption(option, seccomp_file, security));
  }
  const bool of_node = modes.pid == v1::NODE || modes.ipc == v1::NODE;
  ASSIGN_OR_RETURN(*security.mutable_selinux_options(),
                   ParseLabelOptions(spec.security_options, of_node));
  const ProtectedPaths& usual = DefaultProtectedPaths();
  const std::vector<std::string> masked = spec.masked_paths.value_or(usual.masked);
  const std::vector<std::string> read_only = spec.read_only_paths.value_or(usual.read_only);
  security.mutable_masked_paths()->Assign(masked.begin(), masked.end());
  security.mutable_readonly_paths()->Assign(read_only.begin(), read_only.end());
  if (spec.ipc_mode == "none") {
    security.add_masked_paths(kSharedMemory);
  }
  return absl::OkStatus();
}

v1::MountPropagation PropagationOf(const std::string& name) {
  return name == "shared" || name == "rshared" ? v1::PROPAGATION_BIDIRECTIONAL
         : name == "slave" || name == "rslave" ? v1::PROPAGATION_HOST_TO_CONTAINER
                                               : v1::PROPAGATION_PRIVATE;
}

absl::StatusOr<runtime::MountPlan> PlanTmpfs(const MountSpec& mount) {
  runtime::MountPlan plan;
  plan.kind = runtime::MountKind::kFilesystem;
  plan.source = "tmpfs";
  plan.destination = CleanPath(mount.target);
  plan.attributes = kTmpfsAttributes;
  for (const std::string& option : mount.tmpfs_options) {
    const std::pair<std::string, std::string> pair =
        absl::StrSplit(option, absl::MaxSplits('=', 1));
    if (option == "exec" || option == "suid" || option == "dev") {
      plan.attributes &= ~(option == "exec"   ? runtime::kMountNoExec
                           : option == "suid" ? runtime::kMountNoSuid
                                              : runtime::kMountNoDev);
    } else if (pair.first == "uid" || pair.first == "gid" || pair.first == "nr_inodes" ||
               pair.first == "nr_blocks" || pair.first == "mpol" || pair.first == "huge") {
      plan.options.push_back({pair.first, pair.second});
    } else if (option != "noexec" && option != "nosuid" && option != "nodev") {
      return absl::InvalidArgumentError(absl::StrCat("invalid tmpfs option \"", option, "\""));
    }
  }
  if (mount.read_only) {
    plan.attributes |= runtime::kMountReadOnly;
  }
  if (mount.tmpfs_size > 0) {
    plan.options.push_back({"size", absl::StrCat(mount.tmpfs_size)});
  }
  plan.options.push_back({"mode", absl::StrFormat("%o", mount.tmpfs_mode)});
  return plan;
}

// Empty where nothing is to be started.
std::string PlaceOf(const MountSpec& volume, const PlanSurroundings& surroundings) {
  const auto found = surroundings.volumes.find(volume.source);
  return found == surroundings.volumes.end() ? "" : found->second;
}

// A part is resolved in the volume by who mounts it, for what is in a volume may change at any
// time.
runtime::MountPlan PlanVolumePart(const MountSpec& mount, std::string volume) {
  runtime::MountPlan plan;
  plan.source = std::move(volume);
  plan.destination = mount.target;
  plan.sub_path = CleanPath(mount.subpath);
  plan.attributes = mount.read_only ? runtime::kMountReadOnly : 0;
  plan.propagation = runtime::kPropagationPrivate;
  return plan;
}

void ShareFiles(const MountSpec& mount, const std::string& source,
                const PlanSurroundings& surroundings, ContainerPlan& plan) {
  if (mount.type == MountSpec::Type::kVolume &&
      surroundings.mounted_volumes.count(mount.source) == 0) {
    plan.extras.own_files.push_back({source});
  } else {
    plan.extras.shared_files.push_back(source);
  }
}

absl::Status AddMounts(bool init, const PlanSurroundings& surroundings, ContainerPlan& plan) {
  if (init) {
    v1::Mount& bind = *plan.container.add_mounts();
    bind.set_host_path(surroundings.init);
    bind.set_container_path(kInitProgram);
    bind.set_readonly(true);
  }
  for (const MountSpec& mount : surroundings.mounts) {
    const std::string source =
        mount.type == MountSpec::Type::kVolume ? PlaceOf(mount, surroundings) : mount.source;
    if (mount.relabel == "z" && !source.empty()) {
      ShareFiles(mount, source, surroundings, plan);
    }
    if (mount.type == MountSpec::Type::kVolume && !mount.subpath.empty()) {
      plan.extras.mounts.push_back(PlanVolumePart(mount, source));
      continue;
    }
    if (mount.type == MountSpec::Type::kTmpfs) {
      ASSIGN_OR_RETURN(plan.extras.mounts.emplace_back(), PlanTmpfs(mount));
      continue;
    }
    v1::Mount& bind = *plan.container.add_mounts();
    bind.set_container_path(mount.target);
    bind.set_readonly(mount.read_only);
    bind.set_propagation(PropagationOf(mount.propagation));
    if (mount.type == MountSpec::Type::kImage) {
      bind.mutable_image()->set_image(mount.image_id);
      bind.mutable_image()->set_user_specified_image(mount.source);
      bind.set_image_sub_path(mount.subpath);
    } else {
      bind.set_host_path(source);
      if (!mount.is_recursive) {
        plan.extras.not_recursive.insert(mount.target);
      }
      bind.set_recursive_read_only(mount.read_only && mount.read_only_below && mount.is_recursive &&
                                   bind.propagation() == v1::PROPAGATION_PRIVATE);
      bind.set_selinux_relabel(mount.relabel == "Z");
    }
  }
  return absl::OkStatus();
}

absl::Status AddExtras(const ContainerSpec& spec, ContainerPlan& plan) {
  for (const UlimitSpec& limit : spec.ulimits) {
    ASSIGN_OR_RETURN(plan.extras.rlimits.emplace_back(), PlanUlimit(limit));
  }
  plan.extras.group_names = spec.group_add;
  for (const DeviceSpec& device : spec.devices) {
    v1::Device& added = *plan.container.add_devices();
    added.set_host_path(device.source);
    added.set_container_path(device.target);
    added.set_permissions(device.access);
  }
  plan.extras.device_access = spec.device_access;
  for (const std::string& name : spec.cdi_devices) {
    plan.container.add_cdi_devices()->set_name(name);
  }
  return absl::OkStatus();
}

void PlanProcess(const EngineContainerRecord& record, const ContainerSpec& spec,
                 ContainerPlan& plan) {
  v1::ContainerConfig& container = plan.container;
  container.mutable_metadata()->set_name(record.name);
  container.mutable_metadata()->set_attempt(record.state.attempt);
  container.mutable_image()->set_image(record.image_id);
  std::vector<std::string> command;
  if (spec.init) {
    command = {kInitProgram, "--"};
  }
  command.insert(command.end(), spec.entrypoint.begin(), spec.entrypoint.end());
  command.insert(command.end(), spec.command.begin(), spec.command.end());
  container.mutable_command()->Assign(command.begin(), command.end());
  container.set_working_dir(spec.working_dir);
  for (const std::string& entry : spec.environment) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(entry, absl::MaxSplits('=', 1));
    v1::KeyValue& variable = *container.add_envs();
    variable.set_key(pair.first);
    variable.set_value(pair.second);
  }
  container.mutable_labels()->insert(spec.labels.begin(), spec.labels.end());
  container.mutable_annotations()->insert(spec.annotations.begin(), spec.annotations.end());
  container.set_log_path(spec.log.driver == "none" ? "" : kContainerLog);
  container.set_stdin(spec.open_input);
  container.set_stdin_once(spec.input_once);
  container.set_tty(spec.terminal);
  plan.image.id = record.image_id;
  plan.image.reference = JsonString(record.config, "Image").value_or(record.image_id);
  plan.image.repo_digest = record.image_id;
  plan.image.user = spec.user;
  plan.image.stop_signal = spec.stop_signal;
}

}  // namespace

v1::LinuxContainerResources PlanLimits(const ResourceSpec& spec) {
  v1::LinuxContainerResources limits;
  limits.set_cpu_shares(spec.cpu_shares);
  limits.set_cpu_period(spec.cpu_period);
  limits.set_cpu_quota(spec.cpu_quota);
  if (spec.nano_cpus > 0) {
    limits.set_cpu_period(kUsualPeriod);
    limits.set_cpu_quota(spec.nano_cpus * kUsualPeriod / kNano);
  }
  limits.set_memory_limit_in_bytes(spec.memory);
  if (spec.memory > 0) {
    limits.set_memory_swap_limit_in_bytes(spec.memory_swap != 0 ? spec.memory_swap
                                                                : UsualSwap(spec.memory));
  }
  limits.set_cpuset_cpus(spec.cpuset_cpus);
  limits.set_cpuset_mems(spec.cpuset_mems);
  if (spec.memory_reservation > 0) {
    (*limits.mutable_unified())["memory.low"] = absl::StrCat(spec.memory_reservation);
  }
  if (spec.pids_limit != 0) {
    (*limits.mutable_unified())["pids.max"] =
        spec.pids_limit < 0 ? "max" : absl::StrCat(spec.pids_limit);
  }
  return limits;
}

std::string SeccompProfileOf(const ContainerSpec& spec) {
  for (const std::string& option : spec.security_options) {
    for (const absl::string_view prefix : {"seccomp=", "seccomp:"}) {
      absl::string_view profile = option;
      if (absl::ConsumePrefix(&profile, prefix) && absl::StartsWith(profile, "{")) {
        return std::string(profile);
      }
    }
  }
  return "";
}

absl::StatusOr<ContainerPlan> PlanContainer(const EngineContainerRecord& record,
                                            const ContainerSpec& spec,
                                            const PlanSurroundings& surroundings) {
  ContainerPlan plan;
  ASSIGN_OR_RETURN(const Modes modes,
                   ReadModes(spec, surroundings.networking.kind, surroundings.ipc_is_hosts));
  plan.handler = HandlerOf(spec.runtime);
  RETURN_IF_ERROR(PlanPod(record, spec, modes, surroundings, plan));
  PlanProcess(record, spec, plan);
  *plan.container.mutable_linux()->mutable_resources() = PlanLimits(spec.resources);
  AddKernelLimits(spec.kernel_limits, surroundings.block_devices,
                  *plan.container.mutable_linux()->mutable_resources());
  plan.container.mutable_linux()->mutable_resources()->set_oom_score_adj(spec.oom_score_adj);
  RETURN_IF_ERROR(PlanSecurity(spec, modes, surroundings,
                               *plan.container.mutable_linux()->mutable_security_context()));
  // What the pod gives its containers, such as /dev/shm, has their label.
  *plan.pod.mutable_linux()->mutable_security_context()->mutable_selinux_options() =
      plan.container.linux().security_context().selinux_options();
  RETURN_IF_ERROR(AddMounts(spec.init, surroundings, plan));
  RETURN_IF_ERROR(AddExtras(spec, plan));
  // Its own also where it is privileged, so that a manager in it has a tree of its own.
  plan.extras.cgroup_namespace = !modes.host_cgroups;
  return plan;
}

}  // namespace berth::cri
