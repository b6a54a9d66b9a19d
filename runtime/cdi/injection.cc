// SPDX-License-Identifier: Apache-2.0
#include "runtime/cdi/injection.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

#include "base/path.h"
#include "base/status.h"
#include "runtime/spec/bind_mounts.h"

namespace berth::cdi {
namespace {

constexpr uint32_t kPermissions = 07777;
constexpr char kSupportedStage[] = "createContainer";

absl::Status NotSupported(absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat(what, " is not supported"));
}

// What is not said of it is as on the host.
absl::Status FillFromHost(const DeviceNode& node, runtime::HostFiles& host,
                          runtime::DevicePlan& plan) {
  const bool complete = node.type != 0 && node.major.has_value() && node.minor.has_value();
  const absl::StatusOr<std::vector<runtime::HostDevice>> found = host.FindDevices(plan.source);
  if (!found.ok() || found->size() != 1 || found->front().path != plan.source) {
    if (complete) {
      return absl::OkStatus();  // it is yet to come, or has another name on the host
    }
    RETURN_IF_ERROR(found.status());
    return absl::InvalidArgumentError(absl::StrCat(plan.source, " is no device"));
  }
  const runtime::HostDevice& device = found->front();
  if (!complete) {
    if (node.type != 0 && (node.type == 'b') != device.block) {
      return absl::InvalidArgumentError(
          absl::StrCat("device ", plan.source, " is of another type"));
    }
    plan.block = device.block;
    plan.major = node.major.value_or(device.major);
    plan.minor = node.minor.value_or(device.minor);
  }
  plan.mode = node.mode.value_or(device.mode);
  plan.uid = node.uid.value_or(device.uid);
  plan.gid = node.gid.value_or(device.gid);
  return absl::OkStatus();
}

absl::StatusOr<runtime::ExtraDevice> ToDevice(const DeviceNode& node, runtime::HostFiles& host) {
  const std::string& source = node.host_path.empty() ? node.path : node.host_path;
  for (const std::string& path : {node.path, source}) {
    if (!IsAbsolutePath(path) || HasDotDot(path) || HasNul(path)) {
      return absl::InvalidArgumentError(
          absl::StrCat("device node \"", absl::CHexEscape(path), "\" is no absolute path"));
    }
  }
  if (node.type == 'p') {
    return NotSupported(absl::StrCat("device node ", node.path, ": type p"));
  }
  runtime::ExtraDevice result;
  result.access = node.access;
  result.users = !node.uid.has_value();
  result.groups = !node.gid.has_value();
  runtime::DevicePlan& plan = result.node;
  plan.path = CleanPath(node.path);
  plan.source = CleanPath(source);
  plan.block = node.type == 'b';
  plan.major = node.major.value_or(0);
  plan.minor = node.minor.value_or(0);
  plan.mode = node.mode.value_or(plan.mode);
  plan.uid = node.uid.value_or(0);
  plan.gid = node.gid.value_or(0);
  RETURN_IF_ERROR(FillFromHost(node, host, plan));
  plan.mode &= kPermissions;
  return result;
}

absl::Status AddMount(const Mount& mount, runtime::HostFiles& host, v1::ContainerConfig& config) {
  ASSIGN_OR_RETURN(v1::Mount added, runtime::ToBindMount(mount.host_path, mount.container_path,
                                                         mount.type, mount.options));
  // Unlike one of the request, it is of the node's software: an empty directory would hide that
  // this is not there.
  RETURN_IF_ERROR(host.CheckExists(mount.host_path));
  runtime::RemoveMountAt(mount.container_path, config);
  *config.add_mounts() = std::move(added);
  return absl::OkStatus();
}

absl::Status AddHook(const Hook& hook, runtime::ContainerExtras& extras) {
  if (hook.name != kSupportedStage) {
    return NotSupported(absl::StrCat("a hook of ", hook.name));
  }
  extras.hooks.push_back({hook.path, hook.arguments, hook.environment, hook.timeout});
  return absl::OkStatus();
}

absl::Status Apply(const Edits& edits, runtime::HostFiles& host, v1::ContainerConfig& config,
                   runtime::ContainerExtras& extras) {
  if (!edits.unsupported.empty()) {
    return NotSupported(edits.unsupported);
  }
  for (const std::string& variable : edits.environment) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(variable, absl::MaxSplits('=', 1));
    v1::KeyValue& added = *config.add_envs();
    added.set_key(parts.first);
    added.set_value(parts.second);
  }
  for (const DeviceNode& node : edits.nodes) {
    ASSIGN_OR_RETURN(runtime::ExtraDevice device, ToDevice(node, host));
    extras.devices.push_back(std::move(device));
  }
  for (const Mount& mount : edits.mounts) {
    RETURN_IF_ERROR(AddMount(mount, host, config));
  }
  for (const Hook& hook : edits.hooks) {
    RETURN_IF_ERROR(AddHook(hook, extras));
  }
  for (const uint32_t group : edits.groups) {
    if (group != 0) {  // as a group nobody is meant to be given it
      extras.groups.push_back(group);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> RequestedDevices(const v1::ContainerConfig& config) {
  std::vector<std::string> names;
  for (const v1::CDIDevice& device : config.cdi_devices()) {
    names.push_back(device.name());
  }
  std::set<absl::string_view> keys;  // a map of protobuf has no order
  for (const auto& [key, value] : config.annotations()) {
    if (absl::StartsWith(key, kAnnotationPrefix)) {
      keys.insert(key);
    }
  }
  for (const absl::string_view key : keys) {
    for (const absl::string_view name :
         absl::StrSplit(config.annotations().at(std::string(key)), ',')) {
      names.emplace_back(name);
    }
  }
  std::set<std::string> seen;
  std::erase_if(names, [&](const std::string& name) { return !seen.insert(name).second; });
  if (names.size() > kMaxContainerDevices) {
    return absl::InvalidArgumentError(
        absl::StrCat(names.size(), " CDI devices are over the limit of ", kMaxContainerDevices));
  }
  for (const std::string& name : names) {
    RETURN_IF_ERROR(ParseDeviceName(name).status());
  }
  return names;
}

absl::Status Inject(const std::vector<FoundDevice>& devices, runtime::HostFiles& host,
                    v1::ContainerConfig& config, runtime::ContainerExtras& extras) {
  std::set<const Spec*> applied;
  for (const FoundDevice& found : devices) {
    absl::Status status;
    if (applied.insert(found.spec.get()).second) {
      status = Apply(found.spec->edits, host, config, extras);
    }
    if (status.ok()) {
      status = Apply(found.device->edits, host, config, extras);
    }
    if (!status.ok()) {
      return Annotate(status,
                      absl::StrCat("CDI device ", found.spec->kind, "=", found.device->name));
    }
  }
  return absl::OkStatus();
}

}  // namespace berth::cdi
