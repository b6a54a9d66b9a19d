// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/run_options.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/memory_size.h"
#include "base/protected_paths.h"
#include "base/status.h"
#include "cri/cli/lookup.h"
#include "cri/cli/option_syntax.h"
#include "cri/cli/quantity.h"
#include "cri/log_limit.h"

namespace berth::cli {
namespace {

constexpr char kNamespace[] = "default";
constexpr char kHostNetwork[] = "host";

absl::Status Invalid(absl::string_view option, absl::string_view value, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(option, " ", value, ": ", problem));
}

absl::Status SetUser(const std::string& user, v1::LinuxContainerSecurityContext& context) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(user, absl::MaxSplits(':', 1));
  int64_t number = 0;
  if (parts.first.empty()) {
    return Invalid("-u", user, "write USER, UID or UID:GID");
  }
  if (absl::SimpleAtoi(parts.first, &number)) {
    context.mutable_run_as_user()->set_value(number);
  } else {
    context.set_run_as_username(parts.first);
  }
  if (parts.second.empty()) {
    return absl::OkStatus();
  }
  if (!absl::SimpleAtoi(parts.second, &number)) {
    return Invalid("-u", user, "the group must be a number: CRI takes no group's name");
  }
  context.mutable_run_as_group()->set_value(number);
  return absl::OkStatus();
}

void SetNamespaces(const RunOptions& options, v1::NamespaceOption& namespaces) {
  namespaces.set_network(options.network == kHostNetwork ? v1::NODE : v1::POD);
  namespaces.set_pid(v1::CONTAINER);
  namespaces.set_ipc(v1::POD);
}

absl::Status SetSecurity(const RunOptions& options, v1::LinuxContainerSecurityContext& context) {
  SetNamespaces(options, *context.mutable_namespace_options());
  context.set_privileged(options.privileged);
  context.set_readonly_rootfs(options.read_only);
  v1::Capability& capabilities = *context.mutable_capabilities();
  for (const std::string& name : options.add_capabilities) {
    capabilities.add_add_capabilities(name);
  }
  for (const std::string& name : options.drop_capabilities) {
    capabilities.add_drop_capabilities(name);
  }
  if (!options.privileged) {
    const ProtectedPaths& usual = DefaultProtectedPaths();
    context.mutable_masked_paths()->Assign(usual.masked.begin(), usual.masked.end());
    context.mutable_readonly_paths()->Assign(usual.read_only.begin(), usual.read_only.end());
  }
  context.mutable_seccomp()->set_profile_type(
      options.privileged ? v1::SecurityProfile::Unconfined : v1::SecurityProfile::RuntimeDefault);
  return options.user.empty() ? absl::OkStatus() : SetUser(options.user, context);
}

void SetProcess(const RunOptions& options, v1::ContainerConfig& config) {
  if (options.entrypoint.has_value() && !options.entrypoint->empty()) {
    config.add_command(*options.entrypoint);
  }
  for (const std::string& argument : options.command) {
    config.add_args(argument);
  }
  config.set_working_dir(options.working_directory);
}

// "KEY=VALUE" of `option`; KEY alone has an empty value.
template <typename Map>
absl::Status AddPairs(absl::string_view option, const std::vector<std::string>& pairs, Map& map) {
  for (const std::string& text : pairs) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(text, absl::MaxSplits('=', 1));
    if (pair.first.empty()) {
      return Invalid(option, text, "write KEY=VALUE");
    }
    map[pair.first] = pair.second;
  }
  return absl::OkStatus();
}

// By which other clients, crictl for one, show whose pod it is.
template <typename Config>
void AddKubernetesLabels(const std::string& pod, const RunSurroundings& surroundings,
                         Config& config) {
  (*config.mutable_labels())["io.kubernetes.pod.name"] = pod;
  (*config.mutable_labels())["io.kubernetes.pod.namespace"] = kNamespace;
  (*config.mutable_labels())["io.kubernetes.pod.uid"] = surroundings.uid;
}

// What is not said is the node's.
void SetDns(const RunOptions& options, v1::PodSandboxConfig& config) {
  if (!options.dns_servers.empty() || !options.dns_searches.empty()) {
    v1::DNSConfig& dns = *config.mutable_dns_config();
    dns.mutable_servers()->Assign(options.dns_servers.begin(), options.dns_servers.end());
    dns.mutable_searches()->Assign(options.dns_searches.begin(), options.dns_searches.end());
  }
}

// A host's name takes no dots or underscores and at most 63 characters.
std::string HostnameOf(const std::string& name) {
  constexpr size_t kMaxLabel = 63;
  std::string hostname = name.substr(0, kMaxLabel);
  std::replace_if(
      hostname.begin(), hostname.end(),
      [](char c) { return !absl::ascii_isalnum(static_cast<unsigned char>(c)); }, '-');
  return hostname;
}

}  // namespace

ConnectedStreams ConnectedOf(const RunOptions& options) {
  const std::vector<std::string>& said = options.engine.attached;
  const auto is_said = [&](const char* stream) {
    return !options.detach && std::find(said.begin(), said.end(), stream) != said.end();
  };
  const bool all = !options.detach && said.empty();
  return {.input = is_said("stdin") || (options.interactive && !options.detach),
          .output = all || is_said("stdout"),
          .error = all || is_said("stderr")};
}

absl::Status SetCriLimits(const RunOptions& options, v1::LinuxContainerResources& resources) {
  if (!options.memory.empty()) {
    ASSIGN_OR_RETURN(const int64_t bytes, ParseMemorySize(options.memory));
    if (bytes < kLeastMemory) {
      return Invalid("--memory", options.memory, "Minimum memory limit allowed is 6MB");
    }
    resources.set_memory_limit_in_bytes(bytes);
  }
  if (!options.cpus.empty()) {
    ASSIGN_OR_RETURN(const int64_t quota, ParseCpuQuota(options.cpus));
    resources.set_cpu_period(kCpuPeriod);
    resources.set_cpu_quota(quota);
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::PodSandboxConfig> PodConfigOf(const RunOptions& options,
                                                 const RunSurroundings& surroundings) {
  if (options.network != "default" && options.network != kHostNetwork) {
    return Invalid("--network", options.network, "a pod has a network of its own, or the host's");
  }
  const bool host_network = options.network == kHostNetwork;
  if (host_network && !options.ports.empty()) {
    return Invalid("-p", options.ports.front(),
                   "has no effect with --network host: its ports are the host's");
  }
  if (host_network && !options.hostname.empty()) {
    return Invalid("--hostname", options.hostname,
                   "has no effect with --network host: a pod has the host's name then");
  }
  v1::PodSandboxConfig config;
  config.mutable_metadata()->set_name(options.name);
  config.mutable_metadata()->set_namespace_(kNamespace);
  config.mutable_metadata()->set_uid(surroundings.uid);
  config.set_log_directory(surroundings.log_directory);
  if (!options.hostname.empty()) {
    config.set_hostname(options.hostname);
  } else if (!host_network) {
    config.set_hostname(HostnameOf(options.name));
  }
  RETURN_IF_ERROR(AddPairs("--label", options.labels, *config.mutable_labels()));
  (*config.mutable_labels())[kRunLabel] = "true";
  AddKubernetesLabels(options.name, surroundings, config);
  for (const std::string& port : options.ports) {
    ASSIGN_OR_RETURN(const std::vector<v1::PortMapping> mappings, ParsePorts(port));
    config.mutable_port_mappings()->Add(mappings.begin(), mappings.end());
  }
  SetDns(options, config);
  v1::LinuxSandboxSecurityContext& context = *config.mutable_linux()->mutable_security_context();
  SetNamespaces(options, *context.mutable_namespace_options());
  context.set_privileged(options.privileged);
  context.mutable_seccomp()->set_profile_type(v1::SecurityProfile::RuntimeDefault);
  return config;
}

absl::StatusOr<v1::ContainerConfig> ContainerConfigOf(const RunOptions& options,
                                                      const RunSurroundings& surroundings) {
  v1::ContainerConfig config;
  config.mutable_metadata()->set_name(options.name);
  config.mutable_image()->set_image(options.image);
  config.mutable_image()->set_user_specified_image(options.image);
  config.set_log_path(absl::StrCat(options.name, "/0.log"));
  SetProcess(options, config);
  config.set_stdin(options.interactive);
  config.set_stdin_once(options.interactive && !options.detach);
  config.set_tty(options.terminal);
  if (options.detach || options.terminal) {  // else its log is read as its output: none may go
    (*config.mutable_annotations())[std::string(cri::kLogLimit)] = absl::StrCat(kMaxLog);
  }
  RETURN_IF_ERROR(AddPairs("--annotation", options.annotations, *config.mutable_annotations()));
  RETURN_IF_ERROR(AddPairs("--label", options.labels, *config.mutable_labels()));
  AddKubernetesLabels(options.pod.empty() ? options.name : options.pod, surroundings, config);
  (*config.mutable_labels())["io.kubernetes.container.name"] = options.name;
  ASSIGN_OR_RETURN(const std::vector<std::string> variables,
                   ResolveEnvironment(options.environment, surroundings.environment));
  for (const std::string& text : variables) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(text, absl::MaxSplits('=', 1));
    v1::KeyValue& variable = *config.add_envs();
    variable.set_key(pair.first);
    variable.set_value(pair.second);
  }
  for (const std::string& volume : options.volumes) {
    ASSIGN_OR_RETURN(*config.add_mounts(), ParseVolume(volume, surroundings.working_directory));
  }
  RETURN_IF_ERROR(SetCriLimits(options, *config.mutable_linux()->mutable_resources()));
  RETURN_IF_ERROR(SetSecurity(options, *config.mutable_linux()->mutable_security_context()));
  return config;
}

}  // namespace berth::cli
