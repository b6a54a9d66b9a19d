// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/nri_messages.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "cri/nri/nri_resources.h"
#include "cri/nri/ttrpc_frames.h"
#include "runtime/spec/environment.h"

namespace berth::nri {
namespace {

constexpr size_t kMaxPart = kMaxMessagePayload / 2;  // one object more still fits

api::ContainerState ToNriState(v1::ContainerState state) {
  switch (state) {
    case v1::CONTAINER_CREATED:
      return api::CONTAINER_STATE_CREATED;
    case v1::CONTAINER_RUNNING:
      return api::CONTAINER_STATE_RUNNING;
    case v1::CONTAINER_EXITED:
      return api::CONTAINER_STATE_STOPPED;
    default:
      return api::CONTAINER_STATE_UNKNOWN;
  }
}

absl::string_view NameOf(absl::string_view entry) {
  return entry.substr(0, entry.find('='));
}

// The image's environment with the request's over it, as the container will have them.
void AddEnvironment(const v1::ContainerConfig& config, const runtime::ContainerImage& image,
                    api::Container& result) {
  for (const std::string& entry : image.environment) {
    const bool replaced =
        std::any_of(config.envs().begin(), config.envs().end(),
                    [&](const v1::KeyValue& env) { return env.key() == NameOf(entry); });
    if (!replaced) {
      result.add_env(entry);
    }
  }
  for (const v1::KeyValue& env : config.envs()) {
    result.add_env(absl::StrCat(env.key(), "=", env.value()));
  }
}

absl::string_view PropagationOption(v1::MountPropagation propagation) {
  switch (propagation) {
    case v1::PROPAGATION_BIDIRECTIONAL:
      return "rshared";
    case v1::PROPAGATION_HOST_TO_CONTAINER:
      return "rslave";
    default:
      return "rprivate";
  }
}

void AddMounts(const v1::ContainerConfig& config, api::Container& result) {
  for (const v1::Mount& mount : config.mounts()) {
    api::Mount& added = *result.add_mounts();
    added.set_destination(mount.container_path());
    added.set_type("bind");
    added.set_source(mount.host_path());
    added.add_options("rbind");
    added.add_options(std::string(PropagationOption(mount.propagation())));
    added.add_options(!mount.readonly() ? "rw" : mount.recursive_read_only() ? "rro" : "ro");
    added.mutable_options()->MergeFrom(mount.mount_options());
  }
}

void AddSeccomp(const v1::LinuxContainerSecurityContext& security, api::LinuxContainer& result) {
  if (!security.has_seccomp()) {
    return;
  }
  api::SecurityProfile& profile = *result.mutable_seccomp_profile();
  profile.set_profile_type(
      static_cast<api::SecurityProfile::ProfileType>(security.seccomp().profile_type()));
  profile.set_localhost_ref(security.seccomp().localhost_ref());
}

// What is asked for, whether the container exists or not.
api::Container Describe(const v1::ContainerConfig& config, const runtime::ContainerImage& image) {
  api::Container result;
  result.set_name(config.metadata().name());
  *result.mutable_labels() = config.labels();
  *result.mutable_annotations() = config.annotations();
  const std::vector<std::string> arguments = runtime::ChooseArguments(config, image);
  result.mutable_args()->Add(arguments.begin(), arguments.end());
  AddEnvironment(config, image, result);
  AddMounts(config, result);
  for (const v1::CDIDevice& device : config.cdi_devices()) {
    result.add_cdi_devices()->set_name(device.name());
  }
  api::LinuxContainer& linux = *result.mutable_linux();
  *linux.mutable_resources() = ToNriResources(config.linux().resources());
  linux.mutable_oom_score_adj()->set_value(config.linux().resources().oom_score_adj());
  AddSeccomp(config.linux().security_context(), linux);
  api::Image& named = *result.mutable_image();
  named.set_name(image.reference);
  named.set_config_digest(image.id);
  const size_t at = image.repo_digest.find('@');
  named.set_digest(at == std::string::npos ? "" : image.repo_digest.substr(at + 1));
  return result;
}

template <typename Object, typename Add>
void Spread(std::vector<Object>& objects, std::vector<api::SynchronizeRequest>& parts, size_t& size,
            Add add) {
  for (Object& object : objects) {
    const size_t length = object.ByteSizeLong();
    if (size + length > kMaxPart && size > 0) {
      parts.back().set_more(true);
      parts.emplace_back();
      size = 0;
    }
    size += length;
    *add(parts.back()) = std::move(object);
  }
}

}  // namespace

api::PodSandbox ToNriPod(const runtime::PodSnapshot& pod) {
  api::PodSandbox result;
  const v1::PodSandboxMetadata& metadata = pod.config.metadata();
  result.set_id(pod.id);
  result.set_name(metadata.name());
  result.set_uid(metadata.uid());
  result.set_namespace_(metadata.namespace_());
  *result.mutable_labels() = pod.config.labels();
  *result.mutable_annotations() = pod.config.annotations();
  result.set_runtime_handler(pod.runtime_handler);
  result.set_pid(static_cast<uint32_t>(pod.shim_pid));
  for (const std::string& ip : pod.network.ips) {
    result.add_ips(ip);
  }
  api::LinuxPodSandbox& linux = *result.mutable_linux();
  const v1::LinuxPodSandboxConfig& asked = pod.config.linux();
  linux.set_cgroup_parent(asked.cgroup_parent());
  *linux.mutable_pod_overhead() = ToNriResources(asked.overhead());
  *linux.mutable_pod_resources() = ToNriResources(asked.resources());
  if (!pod.network_namespace.empty()) {
    api::LinuxNamespace& network = *linux.add_namespaces();
    network.set_type("network");
    network.set_path(pod.network_namespace);
  }
  return result;
}

api::Container ToNriContainer(const runtime::ContainerSnapshot& container) {
  api::Container result = Describe(container.config, container.image);
  result.set_id(container.id);
  result.set_pod_sandbox_id(container.pod_id);
  result.set_state(ToNriState(container.state));
  result.set_pid(static_cast<uint32_t>(container.pid));
  result.set_created_at(container.created_at);
  result.set_started_at(container.started_at);
  result.set_finished_at(container.finished_at);
  result.set_exit_code(container.exit_code);
  result.set_status_reason(container.reason);
  result.set_status_message(container.message);
  api::User& user = *result.mutable_user();
  user.set_uid(container.uid);
  user.set_gid(container.gid);
  for (const uint32_t group : container.groups) {
    if (group != container.gid) {
      user.add_additional_gids(group);
    }
  }
  return result;
}

api::Container ToNriContainer(const runtime::ContainerRequest& request) {
  api::Container result = Describe(request.config, request.image);
  result.set_id(request.id);
  result.set_pod_sandbox_id(request.pod_id);
  result.set_state(api::CONTAINER_STATE_CREATED);
  for (const runtime::ExtraDevice& device : request.extras.devices) {
    api::LinuxDevice& added = *result.mutable_linux()->add_devices();
    added.set_path(device.node.path);
    added.set_type(device.node.block ? "b" : "c");
    added.set_major(device.node.major);
    added.set_minor(device.node.minor);
    added.mutable_file_mode()->set_value(device.node.mode);
  }
  return result;
}

std::vector<api::SynchronizeRequest> MakeSynchronizeRequests(Inventory inventory) {
  std::vector<api::SynchronizeRequest> parts(1);
  size_t size = 0;
  Spread(inventory.pods, parts, size,
         [](api::SynchronizeRequest& part) { return part.add_pods(); });
  Spread(inventory.containers, parts, size,
         [](api::SynchronizeRequest& part) { return part.add_containers(); });
  return parts;
}

}  // namespace berth::nri
