// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/nri_adjustment.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

#include "base/path.h"
#include "base/status.h"
#include "cri/nri/nri_resources.h"
#include "runtime/resources.h"
#include "runtime/spec/bind_mounts.h"

namespace berth::nri {
namespace {

using runtime::ContainerRequest;

constexpr absl::string_view kRemoval = "-";  // before a key: take it away

// A key and whether it is to be taken away.
struct Key {
  std::string name;
  bool removed = false;
};

Key ParseKey(absl::string_view text) {
  const bool removed = absl::ConsumePrefix(&text, kRemoval);
  return {std::string(text), removed};
}

absl::Status Invalid(absl::string_view field, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", problem));
}

template <typename Items, typename Predicate>
void RemoveIf(Items& items, Predicate predicate) {
  items.erase(std::remove_if(items.begin(), items.end(), predicate), items.end());
}

// What is asked for but has no way into a container of Berth's.
struct Refusal {
  bool asked;
  absl::string_view field;
};

absl::Status Refuse(const api::ContainerAdjustment& adjustment) {
  const api::LinuxContainerAdjustment& linux = adjustment.linux();
  const api::Hooks& hooks = adjustment.hooks();
  const Refusal refusals[] = {
      {!hooks.prestart().empty(), "hooks.prestart"},
      {!hooks.create_runtime().empty(), "hooks.create_runtime"},
      {!hooks.start_container().empty(), "hooks.start_container"},
      {!hooks.poststart().empty(), "hooks.poststart"},
      {!hooks.poststop().empty(), "hooks.poststop"},
      {!linux.cgroups_path().empty(), "linux.cgroups_path"},
      {linux.has_io_priority(), "linux.io_priority"},
      {linux.has_seccomp_policy(), "linux.seccomp_policy"},
      {!linux.namespaces().empty(), "linux.namespaces"},
      {!linux.sysctl().empty(), "linux.sysctl"},
      {!linux.net_devices().empty(), "linux.net_devices"},
      {linux.has_scheduler(), "linux.scheduler"},
      {linux.has_rdt(), "linux.rdt"},
      {linux.has_memory_policy(), "linux.memory_policy"},
  };
  for (const Refusal& refusal : refusals) {
    if (refusal.asked) {
      return absl::FailedPreconditionError(absl::StrCat(refusal.field, " is not supported"));
    }
  }
  return absl::OkStatus();
}

// ---- one step a field ----

struct Adjustment {
  const std::string& plugin;
  const api::ContainerAdjustment& wanted;
  Owners& owners;
  ContainerRequest& request;
};

absl::Status AdjustAnnotations(Adjustment& adjustment) {
  auto& annotations = *adjustment.request.config.mutable_annotations();
  for (const auto& [text, value] : adjustment.wanted.annotations()) {
    if (const Key key = ParseKey(text); key.removed) {
      annotations.erase(key.name);
      adjustment.owners.Release(api::FIELD_ANNOTATIONS, key.name);
    }
  }
  for (const auto& [name, value] : adjustment.wanted.annotations()) {
    if (!ParseKey(name).removed) {
      RETURN_IF_ERROR(adjustment.owners.Claim(adjustment.plugin, api::FIELD_ANNOTATIONS, name));
      annotations[name] = value;
    }
  }
  return absl::OkStatus();
}

void RemoveVariable(const std::string& name, ContainerRequest& request) {
  RemoveIf(*request.config.mutable_envs(),
           [&](const v1::KeyValue& env) { return env.key() == name; });
  RemoveIf(request.image.environment, [&](const std::string& entry) {
    return absl::StartsWith(entry, absl::StrCat(name, "="));
  });
}

absl::Status AdjustEnvironment(Adjustment& adjustment) {
  for (const api::KeyValue& env : adjustment.wanted.env()) {
    if (const Key key = ParseKey(env.key()); key.removed) {
      RemoveVariable(key.name, adjustment.request);
      adjustment.owners.Release(api::FIELD_ENV, key.name);
    }
  }
  for (const api::KeyValue& env : adjustment.wanted.env()) {
    if (ParseKey(env.key()).removed) {
      continue;
    }
    if (env.key().empty() || absl::StrContains(env.key(), '=')) {
      return Invalid("env", absl::StrCat("\"", absl::CHexEscape(env.key()), "\" is no name"));
    }
    RETURN_IF_ERROR(adjustment.owners.Claim(adjustment.plugin, api::FIELD_ENV, env.key()));
    RemoveVariable(env.key(), adjustment.request);
    v1::KeyValue& added = *adjustment.request.config.add_envs();
    added.set_key(env.key());
    added.set_value(env.value());
  }
  return absl::OkStatus();
}

absl::Status AdjustArguments(Adjustment& adjustment) {
  auto arguments = adjustment.wanted.args();
  if (arguments.empty()) {
    return absl::OkStatus();
  }
  if (arguments[0].empty()) {
    adjustment.owners.Release(api::FIELD_ARGS);
    arguments.erase(arguments.begin());
  }
  RETURN_IF_ERROR(adjustment.owners.Claim(adjustment.plugin, api::FIELD_ARGS));
  adjustment.request.config.clear_args();
  *adjustment.request.config.mutable_command() = std::move(arguments);
  return absl::OkStatus();
}

absl::StatusOr<v1::Mount> ToCriMount(const api::Mount& mount) {
  absl::StatusOr<v1::Mount> result =
      runtime::ToBindMount(mount.source(), mount.destination(), mount.type(),
                           {mount.options().begin(), mount.options().end()});
  return result.ok() ? result : Annotate(result.status(), "mounts");
}

// Mounts that every container has and no request can take away.
bool IsBerthsOwn(absl::string_view destination) {
  constexpr absl::string_view kOwn[] = {"/proc", "/sys", "/dev"};
  constexpr absl::string_view kFiles[] = {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"};
  return absl::c_linear_search(kFiles, destination) ||
         absl::c_any_of(kOwn, [&](absl::string_view own) {
           return destination == own || absl::StartsWith(destination, absl::StrCat(own, "/"));
         });
}

absl::Status AdjustMounts(Adjustment& adjustment) {
  for (const api::Mount& mount : adjustment.wanted.mounts()) {
    const Key key = ParseKey(mount.destination());
    if (!key.removed) {
      continue;
    }
    if (!runtime::RemoveMountAt(key.name, adjustment.request.config) &&
        IsBerthsOwn(CleanPath(key.name))) {
      return absl::FailedPreconditionError(
          absl::StrCat("mounts: taking away ", absl::CHexEscape(key.name), " is not supported"));
    }
    adjustment.owners.Release(api::FIELD_MOUNTS, CleanPath(key.name));
  }
  for (const api::Mount& mount : adjustment.wanted.mounts()) {
    const std::string& destination = mount.destination();
    if (ParseKey(destination).removed) {
      continue;
    }
    RETURN_IF_ERROR(
        adjustment.owners.Claim(adjustment.plugin, api::FIELD_MOUNTS, CleanPath(destination)));
    ASSIGN_OR_RETURN(v1::Mount added, ToCriMount(mount));
    runtime::RemoveMountAt(destination, adjustment.request.config);
    adjustment.request.extras.not_recursive.erase(CleanPath(destination));
    *adjustment.request.config.add_mounts() = std::move(added);
  }
  return absl::OkStatus();
}

absl::StatusOr<runtime::ExtraDevice> ToDevice(const api::LinuxDevice& device) {
  constexpr uint32_t kPermissions = 0777, kReaders = 0444, kWriters = 0222;
  constexpr int64_t kMost = std::numeric_limits<uint32_t>::max();
  const std::string name = absl::CHexEscape(device.path());
  if (!IsAbsolutePath(device.path()) || HasDotDot(device.path())) {
    return Invalid("linux.devices", absl::StrCat("\"", name, "\" is no path"));
  }
  if (device.type() != "c" && device.type() != "u" && device.type() != "b") {
    return Invalid("linux.devices", absl::StrCat(name, " is neither of characters nor of blocks"));
  }
  if (device.major() < 0 || device.major() > kMost || device.minor() < 0 ||
      device.minor() > kMost) {
    return Invalid("linux.devices", absl::StrCat(name, " has an impossible number"));
  }
  runtime::ExtraDevice result;
  result.node.path = CleanPath(device.path());
  result.node.source = result.node.path;
  result.node.block = device.type() == "b";
  result.node.major = static_cast<uint32_t>(device.major());
  result.node.minor = static_cast<uint32_t>(device.minor());
  result.node.uid = device.uid().value();
  result.node.gid = device.gid().value();
  if (device.has_file_mode()) {
    const uint32_t mode = device.file_mode().value() & kPermissions;
    result.node.mode = mode;
    result.access =
        absl::StrCat((mode & kReaders) != 0 ? "r" : "", (mode & kWriters) != 0 ? "w" : "", "m");
  }
  return result;
}

void RemoveDevice(const std::string& path, ContainerRequest& request) {
  RemoveIf(*request.config.mutable_devices(),
           [&](const v1::Device& device) { return device.container_path() == path; });
  RemoveIf(request.extras.devices,
           [&](const runtime::ExtraDevice& device) { return device.node.path == path; });
}

absl::Status AdjustDevices(Adjustment& adjustment) {
  for (const api::LinuxDevice& device : adjustment.wanted.linux().devices()) {
    if (const Key key = ParseKey(device.path()); key.removed) {
      RemoveDevice(key.name, adjustment.request);
      adjustment.owners.Release(api::FIELD_DEVICES, key.name);
    }
  }
  for (const api::LinuxDevice& device : adjustment.wanted.linux().devices()) {
    if (ParseKey(device.path()).removed) {
      continue;
    }
    RETURN_IF_ERROR(adjustment.owners.Claim(adjustment.plugin, api::FIELD_DEVICES, device.path()));
    ASSIGN_OR_RETURN(runtime::ExtraDevice added, ToDevice(device));
    RemoveDevice(device.path(), adjustment.request);
    adjustment.request.extras.devices.push_back(std::move(added));
  }
  for (const api::CdiDevice& device : adjustment.wanted.cdi_devices()) {
    RETURN_IF_ERROR(
        adjustment.owners.Claim(adjustment.plugin, api::FIELD_CDI_DEVICES, device.name()));
    adjustment.request.config.add_cdi_devices()->set_name(device.name());
  }
  return absl::OkStatus();
}

absl::StatusOr<uint32_t> RlimitNumber(const std::string& type) {
  constexpr std::pair<absl::string_view, int> kNames[] = {
      {"RLIMIT_AS", RLIMIT_AS},           {"RLIMIT_CORE", RLIMIT_CORE},
      {"RLIMIT_CPU", RLIMIT_CPU},         {"RLIMIT_DATA", RLIMIT_DATA},
      {"RLIMIT_FSIZE", RLIMIT_FSIZE},     {"RLIMIT_LOCKS", RLIMIT_LOCKS},
      {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK}, {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
      {"RLIMIT_NICE", RLIMIT_NICE},       {"RLIMIT_NOFILE", RLIMIT_NOFILE},
      {"RLIMIT_NPROC", RLIMIT_NPROC},     {"RLIMIT_RSS", RLIMIT_RSS},
      {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},   {"RLIMIT_RTTIME", RLIMIT_RTTIME},
      {"RLIMIT_STACK", RLIMIT_STACK},     {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
  };
  for (const auto& [name, number] : kNames) {
    if (name == type) {
      return static_cast<uint32_t>(number);
    }
  }
  return Invalid("rlimits", absl::StrCat("\"", absl::CHexEscape(type), "\" is no limit"));
}

absl::Status AdjustRlimits(Adjustment& adjustment) {
  for (const api::Rlimit& limit : adjustment.wanted.rlimits()) {
    ASSIGN_OR_RETURN(const uint32_t number, RlimitNumber(limit.type()));
    if (limit.soft() > limit.hard()) {
      return Invalid("rlimits", absl::StrCat(limit.type(), " has a soft limit above the hard one"));
    }
    RETURN_IF_ERROR(adjustment.owners.Claim(adjustment.plugin, api::FIELD_RLIMITS, limit.type()));
    adjustment.request.extras.rlimits.push_back({number, limit.soft(), limit.hard()});
  }
  return absl::OkStatus();
}

// Of several plugins all are run.
absl::Status AdjustHooks(Adjustment& adjustment) {
  for (const api::Hook& hook : adjustment.wanted.hooks().create_container()) {
    const int64_t timeout = hook.timeout().value();
    if (timeout < 0 || timeout > std::numeric_limits<int32_t>::max()) {
      return Invalid("hooks", "the timeout is no number of seconds");
    }
    adjustment.request.extras.hooks.push_back({hook.path(),
                                               {hook.args().begin(), hook.args().end()},
                                               {hook.env().begin(), hook.env().end()},
                                               static_cast<uint32_t>(timeout)});
  }
  return absl::OkStatus();
}

absl::Status AdjustResources(Adjustment& adjustment) {
  const api::LinuxContainerAdjustment& linux = adjustment.wanted.linux();
  RETURN_IF_ERROR(adjustment.owners.ClaimResources(adjustment.plugin, linux.resources()));
  ASSIGN_OR_RETURN(const v1::LinuxContainerResources resources, ToCriResources(linux.resources()));
  v1::LinuxContainerResources& result =
      *adjustment.request.config.mutable_linux()->mutable_resources();
  result = runtime::MergeResources(result, resources);
  if (linux.has_oom_score_adj()) {
    RETURN_IF_ERROR(adjustment.owners.Claim(adjustment.plugin, api::FIELD_OOM_SCORE_ADJ));
    result.set_oom_score_adj(linux.oom_score_adj().value());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Adjust(const std::string& plugin, const api::ContainerAdjustment& wanted,
                    Owners& owners, ContainerRequest& request) {
  Adjustment adjustment{plugin, wanted, owners, request};
  absl::Status adjusted = Refuse(wanted);
  for (auto* step : {AdjustAnnotations, AdjustEnvironment, AdjustArguments, AdjustMounts,
                     AdjustDevices, AdjustRlimits, AdjustHooks, AdjustResources}) {
    if (adjusted.ok()) {
      adjusted = step(adjustment);
    }
  }
  return Annotate(adjusted, absl::StrCat("the adjustment of NRI plugin ", plugin));
}

void MergeAdjustment(const api::ContainerAdjustment& adjustment, api::ContainerAdjustment& merged) {
  for (const auto& [text, value] : adjustment.annotations()) {
    merged.mutable_annotations()->erase(ParseKey(text).name);
  }
  for (const api::Mount& mount : adjustment.mounts()) {
    RemoveIf(*merged.mutable_mounts(), [&](const api::Mount& other) {
      return other.destination() == ParseKey(mount.destination()).name;
    });
  }
  for (const api::KeyValue& env : adjustment.env()) {
    RemoveIf(*merged.mutable_env(),
             [&](const api::KeyValue& other) { return other.key() == ParseKey(env.key()).name; });
  }
  for (const api::LinuxDevice& device : adjustment.linux().devices()) {
    RemoveIf(*merged.mutable_linux()->mutable_devices(), [&](const api::LinuxDevice& other) {
      return other.path() == ParseKey(device.path()).name;
    });
  }
  if (!adjustment.args().empty()) {
    merged.clear_args();
  }
  merged.MergeFrom(adjustment);
  if (!merged.args().empty() && merged.args(0).empty()) {
    merged.mutable_args()->erase(merged.mutable_args()->begin());
  }
}

}  // namespace berth::nri
