// SPDX-License-Identifier: Apache-2.0
#include "cri/validation.h"

#include <algorithm>
#include <climits>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/map.h"
#include "google/protobuf/repeated_field.h"

#include "base/ip_address.h"
#include "base/lower_hex.h"
#include "base/path.h"
#include "base/plain_name.h"
#include "base/status.h"

namespace berth::cri {
namespace {

using Map = google::protobuf::Map<std::string, std::string>;
using Strings = google::protobuf::RepeatedPtrField<std::string>;
using Ids = google::protobuf::RepeatedField<int64_t>;

absl::Status Invalid(absl::string_view field, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", problem));
}

absl::Status ValidateName(absl::string_view name, absl::string_view field) {
  if (name.empty()) {
    return Invalid(field, "is required");
  }
  if (name.size() > kMaxNameLength) {
    return Invalid(field, absl::StrCat("is longer than ", kMaxNameLength));
  }
  const bool unsafe = std::any_of(
      name.begin(), name.end(), [](unsigned char c) { return c <= ' ' || c == '/' || c == 0x7f; });
  if (unsafe || name == "." || name == "..") {
    return Invalid(field, absl::StrCat("\"", absl::CHexEscape(name),
                                       "\" is no name: it may have no space, slash or control "
                                       "character, and be neither . nor .."));
  }
  return absl::OkStatus();
}

absl::Status ValidateSize(const Map& map, size_t limit, absl::string_view field) {
  size_t size = 0;
  for (const auto& [key, value] : map) {
    size += key.size() + value.size();
  }
  if (size > limit) {
    return Invalid(field, absl::StrCat(size, " bytes are over the limit of ", limit));
  }
  return absl::OkStatus();
}

absl::Status ValidateCount(int count, int limit, absl::string_view field) {
  return count > limit ? Invalid(field, absl::StrCat("more than ", limit)) : absl::OkStatus();
}

// What is asked of a path that a request names, besides what its field asks.
absl::Status ValidatePath(absl::string_view path, absl::string_view field) {
  const std::vector<absl::string_view> parts = absl::StrSplit(path, '/');
  const bool too_long =
      path.size() > kMaxPathLength ||
      std::any_of(parts.begin(), parts.end(), [](auto part) { return part.size() > NAME_MAX; });
  if (too_long) {
    return Invalid(field, "is longer than paths are");
  }
  if (HasDotDot(path) || HasNul(path)) {
    return Invalid(field, absl::StrCat("\"", absl::CHexEscape(path), "\" has a \"..\" or NUL"));
  }
  return absl::OkStatus();
}

absl::Status ValidateUserId(int64_t id, absl::string_view field) {
  return id < 0 || id > kMaxUserId ? Invalid(field, absl::StrCat(id, " is not in 0…", kMaxUserId))
                                   : absl::OkStatus();
}

absl::Status ValidateUserIds(const Ids& ids, absl::string_view field) {
  for (const int64_t id : ids) {
    RETURN_IF_ERROR(ValidateUserId(id, field));
  }
  return absl::OkStatus();
}

absl::Status ValidateProfile(const v1::SecurityProfile& profile, absl::string_view field) {
  return v1::SecurityProfile::ProfileType_IsValid(profile.profile_type())
             ? absl::OkStatus()
             : Invalid(field, "its profile_type is unknown");
}

// No program of a pod's own runs with it, but what is wrong here is wrong in its containers too.
absl::Status ValidatePodSecurity(const v1::LinuxSandboxSecurityContext& security) {
  if (!v1::SupplementalGroupsPolicy_IsValid(security.supplemental_groups_policy())) {
    return Invalid("security_context.supplemental_groups_policy", "is unknown");
  }
  RETURN_IF_ERROR(ValidateUserId(security.run_as_user().value(), "security_context.run_as_user"));
  RETURN_IF_ERROR(ValidateUserId(security.run_as_group().value(), "security_context.run_as_group"));
  RETURN_IF_ERROR(
      ValidateUserIds(security.supplemental_groups(), "security_context.supplemental_groups"));
  RETURN_IF_ERROR(ValidateProfile(security.seccomp(), "security_context.seccomp"));
  return ValidateProfile(security.apparmor(), "security_context.apparmor");
}

absl::Status ValidateDns(const v1::DNSConfig& dns) {
  size_t size = 0;
  for (const Strings* words : {&dns.servers(), &dns.searches(), &dns.options()}) {
    for (const std::string& word : *words) {
      size += word.size();
    }
  }
  if (size > kMaxDnsConfigSize) {
    return Invalid("dns_config",
                   absl::StrCat(size, " bytes are over the limit of ", kMaxDnsConfigSize));
  }
  for (const std::string& server : dns.servers()) {
    const absl::string_view address = absl::string_view(server).substr(0, server.find('%'));
    if (!IsIpAddress(address)) {
      return Invalid("dns_config.servers",
                     absl::StrCat("\"", absl::CHexEscape(server), "\" is no IP address"));
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateMount(const v1::Mount& mount) {
  if (mount.container_path().empty()) {
    return Invalid("mounts.container_path", "is required");
  }
  RETURN_IF_ERROR(ValidatePath(mount.container_path(), "mounts.container_path"));
  RETURN_IF_ERROR(ValidatePath(mount.host_path(), "mounts.host_path"));
  return v1::MountPropagation_IsValid(mount.propagation())
             ? absl::OkStatus()
             : Invalid("mounts.propagation", "is unknown");
}

absl::Status ValidateFiles(const v1::ContainerConfig& config) {
  RETURN_IF_ERROR(ValidatePath(config.log_path(), "log_path"));
  RETURN_IF_ERROR(ValidateCount(config.mounts_size(), kMaxMounts, "mounts"));
  for (const v1::Mount& mount : config.mounts()) {
    RETURN_IF_ERROR(ValidateMount(mount));
  }
  RETURN_IF_ERROR(ValidateCount(config.devices_size(), kMaxDevices, "devices"));
  for (const v1::Device& device : config.devices()) {
    RETURN_IF_ERROR(ValidatePath(device.container_path(), "devices.container_path"));
    RETURN_IF_ERROR(ValidatePath(device.host_path(), "devices.host_path"));
  }
  for (const std::string& path : config.linux().security_context().masked_paths()) {
    RETURN_IF_ERROR(ValidatePath(path, "security_context.masked_paths"));
  }
  for (const std::string& path : config.linux().security_context().readonly_paths()) {
    RETURN_IF_ERROR(ValidatePath(path, "security_context.readonly_paths"));
  }
  return absl::OkStatus();
}

absl::Status ValidateState(bool valid) {
  return valid ? absl::OkStatus() : Invalid("filter.state", "is unknown");
}

template <typename Filter>
absl::Status ValidateIdAndLabels(const Filter& filter) {
  if (!filter.id().empty()) {
    RETURN_IF_ERROR(ValidateForeignId(filter.id(), "filter.id"));
  }
  return ValidateSize(filter.label_selector(), kMaxLabelsSize, "filter.label_selector");
}

template <typename Filter>
absl::Status ValidateContainerFilter(const Filter& filter) {
  if (!filter.pod_sandbox_id().empty()) {
    RETURN_IF_ERROR(ValidateForeignId(filter.pod_sandbox_id(), "filter.pod_sandbox_id"));
  }
  return ValidateIdAndLabels(filter);
}

bool IsCidr(absl::string_view text) {
  const size_t slash = text.find('/');
  const absl::string_view address = text.substr(0, slash);
  const int most = address.find(':') == absl::string_view::npos ? 32 : 128;
  int length = 0;
  return slash != absl::string_view::npos && IsIpAddress(address) &&
         absl::SimpleAtoi(text.substr(slash + 1), &length) && length >= 0 && length <= most;
}

absl::Status ValidatePort(const v1::PortMapping& port) {
  constexpr int kMaxPort = 65535;
  if (port.container_port() < 0 || port.container_port() > kMaxPort) {
    return Invalid("port_mappings.container_port", "is no port");
  }
  if (port.host_port() < 0 || port.host_port() > kMaxPort) {
    return Invalid("port_mappings.host_port", "is no port");
  }
  if (port.host_port() > 0 && port.container_port() == 0) {
    return Invalid("port_mappings.container_port", "is required with host_port");
  }
  if (!v1::Protocol_IsValid(port.protocol())) {
    return Invalid("port_mappings.protocol", "is unknown");
  }
  if (!port.host_ip().empty() && !IsIpAddress(port.host_ip())) {
    return Invalid("port_mappings.host_ip", "is no IP address");
  }
  return absl::OkStatus();
}

absl::Status ValidateArgument(size_t size, absl::string_view field, size_t& total) {
  constexpr size_t kPointer = sizeof(char*);  // the kernel counts it too
  ++size;                                     // the NUL
  if (size > kMaxArgumentSize) {
    return Invalid(field, absl::StrCat("a string of ", size, " bytes is over the limit of ",
                                       kMaxArgumentSize));
  }
  total += size + kPointer;
  return absl::OkStatus();
}

absl::Status ValidateArguments(const v1::ContainerConfig& config) {
  size_t total = 0;
  for (const std::string& word : config.command()) {
    RETURN_IF_ERROR(ValidateArgument(word.size(), "command", total));
  }
  for (const std::string& word : config.args()) {
    RETURN_IF_ERROR(ValidateArgument(word.size(), "args", total));
  }
  for (const v1::KeyValue& variable : config.envs()) {
    RETURN_IF_ERROR(
        ValidateArgument(variable.key().size() + 1 + variable.value().size(), "envs", total));
  }
  if (total > kMaxArgumentsSize) {
    return Invalid("command", absl::StrCat("command, args and envs have ", total,
                                           " bytes, over the limit of ", kMaxArgumentsSize));
  }
  return absl::OkStatus();
}

bool IsId(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxIdLength && IsLowerHex(text);
}

std::string Quoted(absl::string_view text) {
  constexpr size_t kMaxTold = 80;
  return absl::StrCat("\"", absl::CHexEscape(text.substr(0, kMaxTold)), "\"");
}

// In the runtime's words of an id that it does not know.
absl::Status ValidateLookup(absl::string_view id, absl::string_view field, absl::string_view what) {
  if (id.empty()) {
    return Invalid(field, "is required");
  }
  return IsId(id) ? absl::OkStatus()
                  : absl::NotFoundError(absl::StrCat(what, " ", Quoted(id), " not found"));
}

}  // namespace

absl::Status ValidateId(absl::string_view id, absl::string_view field) {
  if (id.empty()) {
    return Invalid(field, "is required");
  }
  return IsId(id) ? absl::OkStatus() : Invalid(field, absl::StrCat("not an id: ", Quoted(id)));
}

absl::Status ValidateContainerId(absl::string_view id) {
  return ValidateLookup(id, "container_id", "container");
}

absl::Status ValidatePodId(absl::string_view id) {
  return ValidateLookup(id, "pod_sandbox_id", "pod sandbox");
}

absl::Status ValidateForeignId(absl::string_view id, absl::string_view field) {
  if (id.empty()) {
    return Invalid(field, "is required");
  }
  if (id.size() > kMaxForeignIdLength || !IsPlainName(id)) {
    return Invalid(field, absl::StrCat("not an id: ", Quoted(id)));
  }
  return absl::OkStatus();
}

absl::Status ValidateMemoryLimit(const v1::LinuxContainerResources& resources) {
  const int64_t limit = resources.memory_limit_in_bytes();
  return limit > 0 && limit < kMinMemoryLimit
             ? Invalid("resources.memory_limit_in_bytes",
                       absl::StrCat("with ", limit, " bytes no program can start; at least ",
                                    kMinMemoryLimit, " are needed"))
             : absl::OkStatus();
}

absl::Status ValidateFilter(const v1::PodSandboxFilter& filter) {
  RETURN_IF_ERROR(ValidateState(v1::PodSandboxState_IsValid(filter.state().state())));
  return ValidateIdAndLabels(filter);
}

absl::Status ValidateFilter(const v1::PodSandboxStatsFilter& filter) {
  return ValidateIdAndLabels(filter);
}

absl::Status ValidateFilter(const v1::ContainerFilter& filter) {
  RETURN_IF_ERROR(ValidateState(v1::ContainerState_IsValid(filter.state().state())));
  return ValidateContainerFilter(filter);
}

absl::Status ValidateFilter(const v1::ContainerStatsFilter& filter) {
  return ValidateContainerFilter(filter);
}

absl::Status ValidateCommand(const Strings& command) {
  if (command.empty() || command[0].empty()) {
    return Invalid("cmd", "is required");
  }
  size_t total = 0;
  for (const std::string& word : command) {
    RETURN_IF_ERROR(ValidateArgument(word.size(), "cmd", total));
    if (HasNul(word)) {
      return Invalid("cmd", "has a NUL byte");
    }
  }
  return total > kMaxArgumentsSize
             ? Invalid("cmd",
                       absl::StrCat(total, " bytes are over the limit of ", kMaxArgumentsSize))
             : absl::OkStatus();
}

absl::Status ValidatePodCidr(absl::string_view cidr) {
  for (absl::string_view network : absl::StrSplit(cidr, ',', absl::SkipEmpty())) {
    if (!IsCidr(network)) {
      return Invalid("runtime_config.network_config.pod_cidr",
                     absl::StrCat("\"", absl::CHexEscape(network), "\" is no network"));
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateAbsolutePath(absl::string_view path, absl::string_view field) {
  return IsAbsolutePath(path) ? ValidatePath(path, field) : Invalid(field, "must be absolute");
}

absl::Status ValidatePodConfig(const v1::PodSandboxConfig& config) {
  RETURN_IF_ERROR(ValidateName(config.metadata().name(), "metadata.name"));
  RETURN_IF_ERROR(ValidateName(config.metadata().namespace_(), "metadata.namespace"));
  RETURN_IF_ERROR(ValidateName(config.metadata().uid(), "metadata.uid"));
  RETURN_IF_ERROR(ValidateSize(config.labels(), kMaxLabelsSize, "labels"));
  RETURN_IF_ERROR(ValidateSize(config.annotations(), kMaxAnnotationsSize, "annotations"));
  if (!config.log_directory().empty()) {
    RETURN_IF_ERROR(ValidateAbsolutePath(config.log_directory(), "log_directory"));
  }
  RETURN_IF_ERROR(ValidateCount(config.port_mappings_size(), kMaxPortMappings, "port_mappings"));
  for (const v1::PortMapping& port : config.port_mappings()) {
    RETURN_IF_ERROR(ValidatePort(port));
  }
  RETURN_IF_ERROR(ValidateDns(config.dns_config()));
  RETURN_IF_ERROR(ValidatePodSecurity(config.linux().security_context()));
  return ValidatePath(config.linux().cgroup_parent(), "linux.cgroup_parent");
}

absl::Status ValidateContainerConfig(const v1::ContainerConfig& config) {
  RETURN_IF_ERROR(ValidateName(config.metadata().name(), "metadata.name"));
  if (config.image().image().empty()) {
    return Invalid("image.image", "is required");
  }
  RETURN_IF_ERROR(
      ValidateSize(config.image().annotations(), kMaxAnnotationsSize, "image.annotations"));
  RETURN_IF_ERROR(ValidateSize(config.labels(), kMaxLabelsSize, "labels"));
  RETURN_IF_ERROR(ValidateSize(config.annotations(), kMaxAnnotationsSize, "annotations"));
  RETURN_IF_ERROR(ValidateArguments(config));
  RETURN_IF_ERROR(ValidateFiles(config));
  RETURN_IF_ERROR(ValidateMemoryLimit(config.linux().resources()));
  if (!v1::Signal_IsValid(config.stop_signal())) {
    return Invalid("stop_signal", "is unknown");
  }
  if (!v1::SupplementalGroupsPolicy_IsValid(
          config.linux().security_context().supplemental_groups_policy())) {
    return Invalid("security_context.supplemental_groups_policy", "is unknown");
  }
  const v1::NamespaceOption& namespaces = config.linux().security_context().namespace_options();
  if (namespaces.pid() == v1::TARGET) {
    return ValidateId(namespaces.target_id(), "namespace_options.target_id");
  }
  return absl::OkStatus();
}

}  // namespace berth::cri
