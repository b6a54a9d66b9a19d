// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/build/step_plan.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/protected_paths.h"
#include "cri/container_roots.h"
#include "runtime/spec/mount_attributes.h"

namespace berth::cri {
namespace {

using imageservice::RunStep;
using imageservice::StepFiles;
using imageservice::StepMount;

runtime::v1::NamespaceOption NamespacesOf(const RunStep& step) {
  runtime::v1::NamespaceOption options;
  options.set_network(step.network == "host" ? runtime::v1::NODE : runtime::v1::POD);
  options.set_pid(runtime::v1::CONTAINER);
  options.set_ipc(runtime::v1::POD);
  return options;
}

runtime::MountPlan PlanStepTmpfs(const StepMount& mount) {
  runtime::MountPlan plan;
  plan.kind = runtime::MountKind::kFilesystem;
  plan.source = "tmpfs";
  plan.destination = mount.target;
  plan.attributes = runtime::kMountNoSuid | runtime::kMountNoDev;
  if (mount.tmpfs_size > 0) {
    plan.options.push_back({"size", absl::StrCat(mount.tmpfs_size)});
  }
  return plan;
}

void AddMount(const StepMount& mount, runtime::ContainerRequest& request) {
  if (mount.is_tmpfs) {
    request.extras.mounts.push_back(PlanStepTmpfs(mount));
    return;
  }
  runtime::v1::Mount& added = *request.config.add_mounts();
  added.set_container_path(mount.target);
  added.set_readonly(mount.read_only);
  if (!mount.source.empty()) {
    added.set_host_path(mount.source);
    if (mount.files != StepFiles::kForeign) {
      request.extras.own_files.push_back({mount.source, mount.files == StepFiles::kShared});
    }
    return;
  }
  added.mutable_image()->set_image("build");
  added.set_image_sub_path(mount.below);
  request.image_volumes[mount.target] = ToContainerRoot(mount.tree);
}

void SetLimits(const imageservice::StepLimits& limits,
               runtime::v1::LinuxContainerResources& resources) {
  resources.set_memory_limit_in_bytes(limits.memory);
  resources.set_memory_swap_limit_in_bytes(limits.memory_swap);
  resources.set_cpu_shares(limits.cpu_shares);
  resources.set_cpu_period(limits.cpu_period);
  resources.set_cpu_quota(limits.cpu_quota);
  resources.set_cpuset_cpus(limits.cpus);
  resources.set_cpuset_mems(limits.memory_nodes);
}

}  // namespace

runtime::v1::PodSandboxConfig PodOfStep(const RunStep& step) {
  runtime::v1::PodSandboxConfig config;
  config.mutable_metadata()->set_name(step.name);
  config.mutable_metadata()->set_uid(step.name);
  config.mutable_metadata()->set_namespace_("build");
  config.set_hostname(step.network == "host" ? "" : "buildkitsandbox");
  *config.mutable_linux()->mutable_security_context()->mutable_namespace_options() =
      NamespacesOf(step);
  return config;
}

runtime::PodExtras ExtrasOfStep(const RunStep& step) {
  runtime::PodExtras extras;
  extras.owner = runtime::PodOwner::kEngine;
  for (const auto& [name, address] : step.hosts) {
    extras.hosts.push_back(absl::StrCat(address, "\t", name));
  }
  extras.shm_size = static_cast<uint64_t>(step.limits.shm_size);
  extras.isolated = step.network == "none";
  return extras;
}

runtime::ContainerRequest ContainerOfStep(const RunStep& step, const std::string& pod_id,
                                          const std::string& id) {
  runtime::ContainerRequest request;
  request.id = id;
  request.pod_id = pod_id;
  request.image.user = step.user;
  request.root = ToContainerRoot(step.root);
  request.read_file = [read = step.read_file](const Call&, absl::string_view path,
                                              size_t max_bytes) { return read(path, max_bytes); };
  runtime::v1::ContainerConfig& config = request.config;
  config.mutable_metadata()->set_name("step");
  config.mutable_command()->Assign(step.command.begin(), step.command.end());
  config.set_working_dir(step.working_directory);
  for (const std::string& variable : step.environment) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(variable, absl::MaxSplits('=', 1));
    runtime::v1::KeyValue& added = *config.add_envs();
    added.set_key(parts.first);
    added.set_value(parts.second);
  }
  for (const StepMount& mount : step.mounts) {
    AddMount(mount, request);
  }
  auto& context = *config.mutable_linux()->mutable_security_context();
  *context.mutable_namespace_options() = NamespacesOf(step);
  context.mutable_seccomp()->set_profile_type(runtime::v1::SecurityProfile::RuntimeDefault);
  const ProtectedPaths& paths = DefaultProtectedPaths();
  context.mutable_masked_paths()->Assign(paths.masked.begin(), paths.masked.end());
  context.mutable_readonly_paths()->Assign(paths.read_only.begin(), paths.read_only.end());
  SetLimits(step.limits, *config.mutable_linux()->mutable_resources());
  for (const imageservice::StepRlimit& limit : step.limits.rlimits) {
    request.extras.rlimits.push_back({limit.resource, limit.soft, limit.hard});
  }
  return request;
}

}  // namespace berth::cri
