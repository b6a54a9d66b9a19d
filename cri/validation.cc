// SPDX-License-Identifier: Apache-2.0
#include "cri/validation.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/map.h"
#include "google/protobuf/repeated_field.h"

#include "base/ip_address.h"
#include "base/path.h"
#include "base/status.h"

namespace berth::cri {
namespace {

using Map = google::protobuf::Map<std::string, std::string>;

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
  if (unsafe) {
    return Invalid(field, absl::StrCat("has a forbidden character: ", absl::CHexEscape(name)));
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

bool HasNul(absl::string_view text) {
  return text.find('\0') != absl::string_view::npos;
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

absl::Status ValidateCount(int count, int limit, absl::string_view field) {
  return count > limit ? Invalid(field, absl::StrCat("more than ", limit)) : absl::OkStatus();
}

}  // namespace

absl::Status ValidateId(absl::string_view id, absl::string_view field) {
  if (id.empty()) {
    return Invalid(field, "is required");
  }
  const bool hex = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  if (id.size() > kMaxIdLength || !hex) {
    return Invalid(field, absl::StrCat("no id: \"", absl::CHexEscape(id.substr(0, 80)), "\""));
  }
  return absl::OkStatus();
}

absl::Status ValidatePodConfig(const v1::PodSandboxConfig& config) {
  RETURN_IF_ERROR(ValidateName(config.metadata().name(), "metadata.name"));
  RETURN_IF_ERROR(ValidateName(config.metadata().namespace_(), "metadata.namespace"));
  RETURN_IF_ERROR(ValidateName(config.metadata().uid(), "metadata.uid"));
  RETURN_IF_ERROR(ValidateSize(config.labels(), kMaxLabelsSize, "labels"));
  RETURN_IF_ERROR(ValidateSize(config.annotations(), kMaxAnnotationsSize, "annotations"));
  if (!config.log_directory().empty() &&
      (!IsAbsolutePath(config.log_directory()) || HasDotDot(config.log_directory()) ||
       HasNul(config.log_directory()))) {
    return Invalid("log_directory", "must be an absolute path without \"..\"");
  }
  RETURN_IF_ERROR(ValidateCount(config.port_mappings_size(), kMaxPortMappings, "port_mappings"));
  for (const v1::PortMapping& port : config.port_mappings()) {
    RETURN_IF_ERROR(ValidatePort(port));
  }
  if (!v1::SupplementalGroupsPolicy_IsValid(
          config.linux().security_context().supplemental_groups_policy())) {
    return Invalid("security_context.supplemental_groups_policy", "is unknown");
  }
  if (HasNul(config.linux().cgroup_parent())) {
    return Invalid("linux.cgroup_parent", "has a NUL byte");
  }
  return absl::OkStatus();
}

absl::Status ValidateContainerConfig(const v1::ContainerConfig& config) {
  RETURN_IF_ERROR(ValidateName(config.metadata().name(), "metadata.name"));
  if (config.image().image().empty()) {
    return Invalid("image.image", "is required");
  }
  RETURN_IF_ERROR(ValidateSize(config.labels(), kMaxLabelsSize, "labels"));
  RETURN_IF_ERROR(ValidateSize(config.annotations(), kMaxAnnotationsSize, "annotations"));
  RETURN_IF_ERROR(ValidateArguments(config));
  RETURN_IF_ERROR(ValidateCount(config.mounts_size(), kMaxMounts, "mounts"));
  RETURN_IF_ERROR(ValidateCount(config.devices_size(), kMaxDevices, "devices"));
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
