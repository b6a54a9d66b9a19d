// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/bundle.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/json.h"
#include "base/path.h"
#include "runtime/oci/mounts.h"
#include "runtime/oci/process.h"
#include "runtime/oci/seccomp.h"
#include "runtime/spec/hooks.h"

namespace berth::runtime::oci {
namespace {

// Of the specification; crun 1.8 refuses those that do not begin with 1.0.
constexpr char kVersion[] = "1.0.2";

Json Namespaces(const BundleInputs& inputs) {
  const LaunchPlan& plan = inputs.plan;
  Json namespaces = Json::array();
  if (inputs.ids.count > 0) {
    namespaces.push_back(
        {{"type", "user"}, {"path", JoinPath(inputs.stage, kStagedUserNamespace)}});
  }
  namespaces.push_back({{"type", "mount"}});
  if (plan.pid_namespace == PidNamespace::kPrivate) {
    namespaces.push_back({{"type", "pid"}});
  } else if (plan.pid_namespace != PidNamespace::kHost) {
    namespaces.push_back({{"type", "pid"}, {"path", JoinPath(inputs.stage, kStagedPidNamespace)}});
  }
  if (plan.cgroup_namespace) {
    namespaces.push_back({{"type", "cgroup"}});
  }
  return namespaces;
}

Json Devices(const std::vector<DevicePlan>& devices) {
  Json list = Json::array();
  for (const DevicePlan& device : devices) {
    list.push_back({{"path", device.path},
                    {"type", device.block ? "b" : "c"},
                    {"major", device.major},
                    {"minor", device.minor},
                    {"fileMode", device.mode},
                    {"uid", device.uid},
                    {"gid", device.gid}});
  }
  return list;
}

// The cgroup has these rules already; a runtime that is told none sets its own.
Json DeviceRules(const std::vector<DeviceAccess>& rules) {
  Json list = Json::array();
  for (const DeviceAccess& rule : rules) {
    Json json = {{"allow", rule.allow}, {"access", rule.access}};
    if (rule.type != 'a') {
      json["type"] = std::string(1, rule.type);
    }
    if (rule.major.has_value()) {
      json["major"] = *rule.major;
    }
    if (rule.minor.has_value()) {
      json["minor"] = *rule.minor;
    }
    list.push_back(std::move(json));
  }
  return list;
}

Json LinuxSection(const BundleInputs& inputs) {
  const LaunchPlan& plan = inputs.plan;
  Json section = {{"namespaces", Namespaces(inputs)},
                  {"cgroupsPath", inputs.cgroup_path},
                  {"resources", {{"devices", DeviceRules(inputs.device_access)}}},
                  {"devices", Devices(plan.devices)},
                  {"maskedPaths", plan.masked_paths},
                  {"readonlyPaths", plan.read_only_paths}};
  if (inputs.ids.count > 0) {  // runtimes want to know them, although the namespace is there
    const Json ids = {{"containerID", 0}, {"hostID", inputs.ids.first}, {"size", inputs.ids.count}};
    section["uidMappings"] = Json::array({ids});
    section["gidMappings"] = Json::array({ids});
  }
  if (std::string propagation = RootPropagation(plan); !propagation.empty()) {
    section["rootfsPropagation"] = std::move(propagation);
  }
  if (inputs.seccomp.has_value()) {
    section["seccomp"] =
        SeccompSection(*inputs.seccomp, inputs.facts, plan.process.capabilities.bounding);
  }
  return section;
}

Json HooksSection(const std::vector<HookPlan>& hooks) {
  Json list = Json::array();
  for (const HookPlan& hook : hooks) {
    Json json = {{"path", hook.path}, {"args", hook.arguments}, {"env", hook.environment}};
    if (hook.timeout > 0) {
      json["timeout"] = hook.timeout;
    }
    list.push_back(std::move(json));
  }
  return {{"createContainer", std::move(list)}};
}

}  // namespace

std::string FormatBundle(const BundleInputs& inputs) {
  const LaunchPlan& plan = inputs.plan;
  return FormatJson({{"ociVersion", kVersion},
                     {"process", ProcessSection(plan.process)},
                     {"root",
                      {{"path", absl::StrCat(inputs.stage, "/", kStagedRoot)},
                       {"readonly", plan.root.read_only}}},
                     {"mounts", MountsSection(plan, inputs.stage)},
                     {"hooks", HooksSection(plan.hooks)},
                     {"linux", LinuxSection(inputs)}});
}

std::string FormatHookBundle(const LaunchPlan& plan, const std::string& root) {
  return FormatJson({{"ociVersion", kOciVersion},
                     {"process", ProcessSection(plan.process)},
                     {"root", {{"path", root}, {"readonly", plan.root.read_only}}},
                     {"mounts", HostMountsSection(plan)},
                     {"linux", {{"devices", Devices(plan.devices)}}}});
}

}  // namespace berth::runtime::oci
