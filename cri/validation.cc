// SPDX-License-Identifier: Apache-2.0
#include "cri/validation.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/map.h"
#include "google/protobuf/repeated_field.h"

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
  return absl::OkStatus();
}

absl::Status ValidateNamespaces(const v1::NamespaceOption& options) {
  if (!v1::NamespaceMode_IsValid(options.network()) || options.network() == v1::TARGET) {
    return Invalid("namespace_options.network", "must be POD, CONTAINER or NODE");
  }
  if (!v1::NamespaceMode_IsValid(options.ipc()) || options.ipc() == v1::TARGET) {
    return Invalid("namespace_options.ipc", "must be POD, CONTAINER or NODE");
  }
  if (!v1::NamespaceMode_IsValid(options.pid())) {
    return Invalid("namespace_options.pid", "is unknown");
  }
  if (options.pid() == v1::TARGET) {
    return ValidateId(options.target_id(), "namespace_options.target_id");
  }
  return absl::OkStatus();
}

absl::Status ValidateLogPath(absl::string_view path) {
  if (IsAbsolutePath(path) || HasDotDot(path) || HasNul(path)) {
    return Invalid("log_path", "must be relative and stay in the log directory");
  }
  return absl::OkStatus();
}

absl::Status ValidateMount(const v1::Mount& mount) {
  if (mount.container_path().empty() || HasNul(mount.container_path())) {
    return Invalid("mounts.container_path", "is required");
  }
  const bool of_image = mount.has_image() && !mount.image().image().empty();
  if (of_image && !mount.host_path().empty()) {
    return Invalid("mounts.host_path", "must be empty for an image volume");
  }
  if (of_image && !mount.readonly()) {
    return Invalid("mounts.readonly", "must be true for an image volume");
  }
  if (!of_image && (!IsAbsolutePath(mount.host_path()) || HasNul(mount.host_path()))) {
    return Invalid("mounts.host_path", "must be an absolute path");
  }
  if (IsAbsolutePath(mount.image_sub_path()) || HasDotDot(mount.image_sub_path())) {
    return Invalid("mounts.image_sub_path", "must be relative and stay in the image");
  }
  if (!v1::MountPropagation_IsValid(mount.propagation())) {
    return Invalid("mounts.propagation", "is unknown");
  }
  if (mount.recursive_read_only() && !mount.readonly()) {
    return Invalid("mounts.recursive_read_only", "needs readonly");
  }
  if (mount.recursive_read_only() && mount.propagation() != v1::PROPAGATION_PRIVATE) {
    return Invalid("mounts.recursive_read_only", "needs private propagation");
  }
  return absl::OkStatus();
}

absl::Status ValidateProcess(const v1::ContainerConfig& config) {
  size_t size = 0;
  for (const auto* list : {&config.command(), &config.args()}) {
    for (const std::string& argument : *list) {
      if (HasNul(argument)) {
        return Invalid("command", "has a NUL byte");
      }
      size += argument.size() + 1;
    }
  }
  for (const v1::KeyValue& variable : config.envs()) {
    if (variable.key().empty() || HasNul(variable.key()) || HasNul(variable.value()) ||
        variable.key().find('=') != std::string::npos) {
      return Invalid("envs", "a key must not be empty nor have '=' or NUL in it");
    }
    size += variable.key().size() + variable.value().size() + 2;
  }
  if (size > kMaxArgumentsSize) {
    return Invalid("command", absl::StrCat("command, args and envs have ", size,
                                           " bytes, over the limit of ", kMaxArgumentsSize));
  }
  return absl::OkStatus();
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
  if (config.hostname().size() > kMaxHostnameLength || HasNul(config.hostname())) {
    return Invalid("hostname", absl::StrCat("is longer than ", kMaxHostnameLength));
  }
  if (!config.log_directory().empty() &&
      (!IsAbsolutePath(config.log_directory()) || HasDotDot(config.log_directory()))) {
    return Invalid("log_directory", "must be an absolute path without \"..\"");
  }
  if (config.port_mappings_size() > kMaxPortMappings) {
    return Invalid("port_mappings", absl::StrCat("more than ", kMaxPortMappings));
  }
  for (const v1::PortMapping& port : config.port_mappings()) {
    RETURN_IF_ERROR(ValidatePort(port));
  }
  const std::string& parent = config.linux().cgroup_parent();
  if (HasDotDot(parent) || HasNul(parent)) {
    return Invalid("linux.cgroup_parent", "must not have \"..\"");
  }
  return ValidateNamespaces(config.linux().security_context().namespace_options());
}

absl::Status ValidateContainerConfig(const v1::ContainerConfig& config) {
  RETURN_IF_ERROR(ValidateName(config.metadata().name(), "metadata.name"));
  if (config.image().image().empty()) {
    return Invalid("image.image", "is required");
  }
  RETURN_IF_ERROR(ValidateSize(config.labels(), kMaxLabelsSize, "labels"));
  RETURN_IF_ERROR(ValidateSize(config.annotations(), kMaxAnnotationsSize, "annotations"));
  RETURN_IF_ERROR(ValidateLogPath(config.log_path()));
  RETURN_IF_ERROR(ValidateProcess(config));
  if (HasNul(config.working_dir())) {
    return Invalid("working_dir", "has a NUL byte");
  }
  if (config.mounts_size() > kMaxMounts) {
    return Invalid("mounts", absl::StrCat("more than ", kMaxMounts));
  }
  for (const v1::Mount& mount : config.mounts()) {
    RETURN_IF_ERROR(ValidateMount(mount));
  }
  if (config.devices_size() > kMaxDevices) {
    return Invalid("devices", absl::StrCat("more than ", kMaxDevices));
  }
  if (!v1::Signal_IsValid(config.stop_signal())) {
    return Invalid("stop_signal", "is unknown");
  }
  RETURN_IF_ERROR(ValidateNamespaces(config.linux().security_context().namespace_options()));
  return ValidateResources(config.linux().resources());
}

absl::Status ValidateResources(const v1::LinuxContainerResources& resources) {
  const std::pair<absl::string_view, int64_t> not_negative[] = {
      {"cpu_period", resources.cpu_period()},
      {"cpu_shares", resources.cpu_shares()},
  };
  for (const auto& [field, value] : not_negative) {
    if (value < 0) {
      return Invalid(field, "must not be negative");
    }
  }
  constexpr int64_t kUnlimited = -1;
  const std::pair<absl::string_view, int64_t> limits[] = {
      {"cpu_quota", resources.cpu_quota()},
      {"memory_limit_in_bytes", resources.memory_limit_in_bytes()},
      {"memory_swap_limit_in_bytes", resources.memory_swap_limit_in_bytes()},
  };
  for (const auto& [field, value] : limits) {
    if (value < kUnlimited) {
      return Invalid(field, "must be -1 or more");
    }
  }
  constexpr int64_t kMaxOomScore = 1000;
  if (resources.oom_score_adj() < -kMaxOomScore || resources.oom_score_adj() > kMaxOomScore) {
    return Invalid("oom_score_adj", "must be within -1000 and 1000");
  }
  return absl::OkStatus();
}

}  // namespace berth::cri
