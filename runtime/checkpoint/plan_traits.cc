// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/plan_traits.h"

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "base/digest.h"

namespace berth::runtime {
namespace {

constexpr size_t kMaxShown = 120;  // of a text in an error
constexpr char kSelinuxLabel[] = "SELinux label";

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

// The line that begins there.
std::string Shown(absl::string_view text, size_t begin) {
  const absl::string_view line = text.substr(begin, text.find('\n', begin) - begin);
  return line.empty() ? "nothing" : absl::CHexEscape(line.substr(0, kMaxShown));
}

// The first lines that differ.
std::string Difference(const std::string& saved, const std::string& requested) {
  const std::string one = saved + "\n", other = requested + "\n";
  const auto at = std::mismatch(one.begin(), one.end(), other.begin(), other.end()).first;
  const auto same = static_cast<size_t>(at - one.begin());
  const size_t begin = same == 0 ? 0 : one.rfind('\n', same - 1) + 1;
  return absl::StrCat(Shown(one, begin), " and ", Shown(other, begin));
}

// What a request has to name whose label differs: user:role:type, and the level after them.
std::string Advice(const std::string& name, const std::string& saved) {
  const std::vector<absl::string_view> parts = absl::StrSplit(saved, absl::MaxSplits(':', 3));
  return name == kSelinuxLabel && parts.size() == 4
             ? absl::StrCat("; the saved level, which its selinux_options may name, is ",
                            absl::CHexEscape(parts.back().substr(0, kMaxShown)))
             : "";
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
  traits[kSelinuxLabel] = process.selinux_label;
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
    if (found == saved.end()) {
      return absl::FailedPreconditionError(absl::StrCat("the saved container has no ", name));
    }
    if (found->second != text) {
      return absl::FailedPreconditionError(
          absl::StrCat("the saved container and the request differ in ", name, ": ",
                       Difference(found->second, text), Advice(name, found->second)));
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
