// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/plan_traits.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/digest.h"

namespace berth::runtime {
namespace {

constexpr size_t kMaxShown = 120;  // of a text in an error

std::string Describe(const CapabilitySets& sets) {
  return absl::StrCat(absl::Hex(sets.bounding), " ", absl::Hex(sets.effective), " ",
                      absl::Hex(sets.permitted), " ", absl::Hex(sets.ambient));
}

std::string Describe(const Rlimit& limit) {
  return absl::StrCat(limit.resource, " ", limit.soft, ":", limit.hard);
}

std::string Describe(const MountPlan& mount) {
  const std::string options =
      absl::StrJoin(mount.options, ",", [](std::string* out, const MountPlanOption& option) {
        absl::StrAppend(out, option.key, "=", option.value);
      });
  // The source of a filesystem is its type; all others are the request's own.
  return absl::StrCat(mount.destination, " ",
                      mount.kind == MountKind::kFilesystem ? mount.source : "-", " ", options, " ",
                      absl::Hex(mount.attributes), "/", absl::Hex(mount.clear_attributes), " ",
                      absl::Hex(mount.propagation), mount.recursive ? " recursive" : "",
                      mount.recursive_attributes ? " recursively" : "");
}

std::string Describe(const DevicePlan& device) {
  return absl::StrCat(device.path, " ", device.block ? "b" : "c", device.major, ":", device.minor,
                      " ", absl::Hex(device.mode), " ", device.uid, ":", device.gid);
}

template <typename Item>
std::string DescribeAll(const std::vector<Item>& items) {
  return absl::StrJoin(items, "\n", [](std::string* out, const Item& item) {
    absl::StrAppend(out, Describe(item));
  });
}

std::string Digested(const std::string& bytes) {
  return bytes.empty() ? "none" : Digest::OfBytes(bytes).str();
}

std::string Shown(const PlanTraits& traits, const std::string& name) {
  const auto found = traits.find(name);
  return found == traits.end()
             ? "nothing"
             : absl::CHexEscape(absl::string_view(found->second).substr(0, kMaxShown));
}

}  // namespace

PlanTraits TraitsOf(const LaunchPlan& plan) {
  const ProcessPlan& process = plan.process;
  PlanTraits traits;
  traits["user"] =
      absl::StrCat(process.uid, ":", process.gid, " ", absl::StrJoin(process.groups, ","));
  traits["capabilities"] = Describe(process.capabilities);
  traits["no_new_privs"] = process.no_new_privileges ? "yes" : "no";
  traits["resource limits"] = DescribeAll(process.rlimits);
  traits["seccomp filter"] =
      absl::StrCat(Digested(process.seccomp_program), " ", absl::Hex(process.seccomp_flags));
  traits["AppArmor profile"] = process.apparmor_profile;
  traits["SELinux label"] = process.selinux_label;
  traits["read-only root"] = plan.root.read_only ? "yes" : "no";
  traits["mounts"] = DescribeAll(plan.mounts);
  traits["devices"] = DescribeAll(plan.devices);
  traits["masked paths"] = absl::StrJoin(plan.masked_paths, "\n");
  traits["read-only paths"] = absl::StrJoin(plan.read_only_paths, "\n");
  traits["open stdin"] = plan.open_stdin ? "yes" : "no";
  traits["cgroup namespace"] = plan.cgroup_namespace ? "yes" : "no";
  traits["root propagation"] = absl::StrCat(absl::Hex(plan.root_propagation));
  return traits;
}

absl::Status CheckTraits(const PlanTraits& saved, const PlanTraits& requested) {
  for (const auto& [name, text] : requested) {
    const auto found = saved.find(name);
    if (found == saved.end() || found->second != text) {
      return absl::FailedPreconditionError(
          absl::StrCat("the saved container and the request differ in ", name, ": ",
                       Shown(saved, name), " and ", Shown(requested, name)));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckCanBeSaved(const LaunchPlan& plan) {
  if (!plan.program.pid_file.empty()) {
    return absl::FailedPreconditionError(
        "a container of another runtime handler than berth cannot be checkpointed");
  }
  if (plan.process.terminal) {
    return absl::FailedPreconditionError(
        "a container with a terminal cannot be checkpointed: its other end is not in the "
        "container");
  }
  if (!plan.hooks.empty()) {
    return absl::FailedPreconditionError(
        "a container whose devices bring hooks cannot be checkpointed: nobody knows what they did");
  }
  if (plan.pid_namespace != PidNamespace::kPrivate) {
    return absl::FailedPreconditionError(
        "a container that shares a PID namespace cannot be checkpointed: process ids would clash");
  }
  return absl::OkStatus();
}

}  // namespace berth::runtime
