// SPDX-License-Identifier: Apache-2.0
#include "runtime/host.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/call.h"
#include "base/file.h"
#include "base/kernel_names.h"
#include "base/log.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "base/sys/mount.h"
#include "runtime/host_files.h"
#include "runtime/relabel.h"
#include "runtime/user_namespace_probe.h"

namespace berth::runtime {
namespace {

constexpr size_t kMaxSmallFile = 4096;
constexpr size_t kMaxSelinuxFile = 65536;

absl::StatusOr<uint64_t> ReadNumber(const char* path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxSmallFile));
  uint64_t number = 0;
  if (!absl::SimpleAtoi(absl::StripAsciiWhitespace(text), &number)) {
    return absl::InternalError(absl::StrCat(path, " holds no number"));
  }
  return number;
}

// What this process may give away: a node can lack some itself, in a container or a restricted VM.
absl::StatusOr<uint64_t> PermittedCapabilities() {
  constexpr absl::string_view kField = "CapPrm:";
  ASSIGN_OR_RETURN(const std::string status, ReadFile("/proc/self/status", kMaxSmallFile));
  for (absl::string_view line : absl::StrSplit(status, '\n')) {
    uint64_t set = 0;
    if (absl::ConsumePrefix(&line, kField) &&
        absl::SimpleHexAtoi(absl::StripAsciiWhitespace(line), &set)) {
      return set;
    }
  }
  return absl::InternalError("/proc/self/status names no permitted capabilities");
}

absl::Status FindKernel(HostFacts& facts) {
  const KernelNames names = ReadKernelNames();
  facts.hostname = names.node;
  const std::vector<absl::string_view> parts =
      absl::StrSplit(absl::string_view(names.release), absl::ByAnyChar(".-+"));
  if (parts.size() < 2 || !absl::SimpleAtoi(parts[0], &facts.kernel_major) ||
      !absl::SimpleAtoi(parts[1], &facts.kernel_minor)) {
    return absl::InternalError(
        absl::StrCat("the kernel's release ", names.release, " begins with no version"));
  }
  return absl::OkStatus();
}

bool AppArmorIsOn() {
  const absl::StatusOr<std::string> enabled =
      ReadFile("/sys/module/apparmor/parameters/enabled", kMaxSmallFile);
  return enabled.ok() && absl::StripAsciiWhitespace(*enabled) == "Y";
}

// Labels are for a kernel with SELinux whose policy knows containers (container-selinux).
absl::Status FindSelinux(HostFacts& facts) {
  if (!sys::StatAt(AT_FDCWD, "/sys/fs/selinux/enforce", 0).ok()) {
    return absl::OkStatus();
  }
  std::string policy = "targeted";
  const absl::StatusOr<std::string> config = ReadFile("/etc/selinux/config", kMaxSelinuxFile);
  for (absl::string_view line : absl::StrSplit(config.value_or(""), '\n')) {
    if (absl::ConsumePrefix(&line, "SELINUXTYPE=")) {
      policy = std::string(absl::StripAsciiWhitespace(line));
    }
  }
  ReadSelinuxContexts(
      ReadFile(absl::StrCat("/etc/selinux/", policy, "/contexts/lxc_contexts"), kMaxSelinuxFile)
          .value_or(""),
      facts);
  RealHostFiles files;
  for (const std::string& label : {facts.selinux_process, facts.selinux_file}) {
    RETURN_IF_ERROR(files.CheckSelinuxLabel(label));
  }
  facts.selinux = true;
  return absl::OkStatus();
}

// A descriptor that is none tells a kernel without the call from one that looks at it.
bool HasMountAttributes() {
  return sys::SetMountAttributes(-1, 0, 0, 0, false).error().code != ENOSYS;
}

std::vector<MountPlanOption> MountOptionsOf(const CgroupV1Hierarchy& hierarchy) {
  std::vector<MountPlanOption> options;
  for (const std::string& option : hierarchy.options) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(option, absl::MaxSplits('=', 1));
    if (!parts.second.empty()) {
      options.push_back({"none", ""});  // a name without controllers
    }
    options.push_back({parts.first, parts.second});
  }
  return options;
}

}  // namespace

void PlanCgroupMounts(const CgroupHierarchies& hierarchies, HostFacts& facts) {
  if (!hierarchies.v1()) {
    facts.cgroup_mounts = {{"", "cgroup2", {}}};
    return;
  }
  for (const CgroupV1Hierarchy& hierarchy : hierarchies.v1_hierarchies) {
    const std::string name(BaseName(hierarchy.mount_point));
    facts.cgroup_mounts.push_back({name, "cgroup", MountOptionsOf(hierarchy)});
    for (const std::string& option : hierarchy.options) {
      if (hierarchy.options.size() > 1) {
        facts.cgroup_links.emplace_back(option, name);
      }
    }
  }
  if (!hierarchies.unified.empty()) {
    facts.cgroup_mounts.push_back({"unified", "cgroup2", {}});
  }
}

void ReadSelinuxContexts(absl::string_view text, HostFacts& facts) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits('=', 1));
    absl::string_view value = absl::StripAsciiWhitespace(parts.second);
    if (!absl::ConsumePrefix(&value, "\"") || !absl::ConsumeSuffix(&value, "\"")) {
      continue;
    }
    const absl::string_view key = absl::StripAsciiWhitespace(parts.first);
    if (key == "process") {
      facts.selinux_process = std::string(value);
    } else if (key == "file") {
      facts.selinux_file = std::string(value);
    } else if (key == "ro_file") {
      facts.selinux_layers = std::string(value);
    }
  }
}

absl::Status LabelLayers(const HostFacts& facts, const std::string& directory) {
  if (!facts.selinux) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(RealHostFiles().CheckSelinuxLabel(facts.selinux_layers));
  constexpr mode_t kPrivate = 0700;
  RETURN_IF_ERROR(EnsureDirectories(directory, kPrivate));
  return LabelOwn(Call(), directory, facts.selinux_layers);
}

absl::StatusOr<HostFacts> FindHostFacts(const CgroupHierarchies& hierarchies) {
  HostFacts facts;
  RETURN_IF_ERROR(FindKernel(facts));
  ASSIGN_OR_RETURN(facts.capabilities, PermittedCapabilities());
  ASSIGN_OR_RETURN(facts.max_open_files, ReadNumber("/proc/sys/fs/nr_open"));
  facts.apparmor = AppArmorIsOn();
  LogIfError(FindSelinux(facts), "SELinux is on, but containers get no labels");
  facts.recursive_read_only = HasMountAttributes();
  const absl::Status users = ProbeUserNamespaces();
  facts.user_namespaces = users.ok();
  LogIfError(users, "pods get no user namespaces");
  PlanCgroupMounts(hierarchies, facts);
  return facts;
}

}  // namespace berth::runtime
