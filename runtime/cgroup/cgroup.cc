// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/cgroup.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/path.h"
#include "base/status.h"
#include "base/sys/fd.h"
#include "base/sys/file.h"
#include "runtime/cgroup/cgroup_directory.h"
#include "runtime/cgroup/cgroup_kill.h"
#include "runtime/cgroup/control_file.h"
#include "runtime/cgroup/control_writer.h"
#include "runtime/cgroup/device_filter.h"

namespace berth::runtime {
namespace {

constexpr std::array<absl::string_view, 6> kUnifiedControllers = {"cpu",    "cpuset", "io",
                                                                  "memory", "pids",   "hugetlb"};

std::vector<std::string> EnabledControllers(const CgroupHierarchies& hierarchies) {
  std::vector<std::string> enabled;
  for (absl::string_view controller : kUnifiedControllers) {
    if (hierarchies.IsUnified(controller)) {
      enabled.emplace_back(controller);
    }
  }
  return enabled;
}

struct MountedHierarchy {
  std::string mount_point;
  HierarchyKind kind;
};

std::vector<MountedHierarchy> MountedHierarchies(const CgroupHierarchies& hierarchies) {
  std::vector<MountedHierarchy> result;
  for (const CgroupV1Hierarchy& v1 : hierarchies.v1_hierarchies) {
    const bool cpuset =
        std::find(v1.options.begin(), v1.options.end(), "cpuset") != v1.options.end();
    result.push_back({v1.mount_point, cpuset ? HierarchyKind::kV1Cpuset : HierarchyKind::kV1});
  }
  if (!hierarchies.unified.empty()) {
    result.push_back({hierarchies.unified, HierarchyKind::kUnified});
  }
  return result;
}

// The root of a hierarchy holds every process of the node.
absl::Status CheckNotRoot(const std::string& path) {
  return path == "/" ? absl::InvalidArgumentError("the root cgroup is nobody's to change")
                     : absl::OkStatus();
}

absl::Status MoveProcess(const std::string& directory, int pid) {
  const std::string file = absl::StrCat(directory, "/cgroup.procs");
  const std::string text = absl::StrCat(pid);
  return ToStatus(sys::WriteControlFile(AT_FDCWD, file.c_str(), text.data(), text.size()),
                  "move process ", pid, " to ", directory);
}

CgroupToKill ToKill(const CgroupHierarchies& hierarchies, const std::string& path) {
  CgroupToKill result;
  if (!hierarchies.unified.empty()) {
    result.unified = hierarchies.unified + path;
  }
  if (!hierarchies.v1_hierarchies.empty()) {
    const auto memory = hierarchies.controllers.find("memory");
    result.processes =
        (memory != hierarchies.controllers.end() ? memory->second
                                                 : hierarchies.v1_hierarchies.front().mount_point) +
        path;
  }
  const auto freezer = hierarchies.controllers.find("freezer");
  if (freezer != hierarchies.controllers.end() && !hierarchies.IsUnified("freezer")) {
    result.freezer = freezer->second + path;
  }
  return result;
}

// What freezes a cgroup, and what is written to it.
struct Freezer {
  std::string file;
  absl::string_view frozen;
  absl::string_view thawed;
};

Freezer FreezerOf(const CgroupHierarchies& hierarchies, const std::string& path) {
  const CgroupToKill found = ToKill(hierarchies, path);
  return found.freezer.empty()
             ? Freezer{absl::StrCat(found.unified, "/cgroup.freeze"), "1", "0"}
             : Freezer{absl::StrCat(found.freezer, "/freezer.state"), "FROZEN", "THAWED"};
}

}  // namespace

Cgroup::Cgroup(const CgroupHierarchies& hierarchies, std::string path)
    : hierarchies_(&hierarchies), path_(CleanPath(absl::StrCat("/", path))) {}

absl::Status Cgroup::Create() const {
  return CreateWith(0);
}

absl::Status Cgroup::CreateWith(int pid) const {
  RETURN_IF_ERROR(CheckNotRoot(path_));
  std::vector<std::string> made_in;
  absl::Cleanup undo = [&] {
    for (const std::string& mount_point : made_in) {
      LogIfError(RemoveCgroupDirectory(mount_point, path_),
                 "ignored: removing a cgroup that could not be made whole");
    }
  };
  for (const MountedHierarchy& hierarchy : MountedHierarchies(*hierarchies_)) {
    ASSIGN_OR_RETURN(const bool made,
                     EnsureCgroupDirectory(hierarchy.mount_point, path_, hierarchy.kind));
    if (made) {
      made_in.push_back(hierarchy.mount_point);
    }
  }
  if (pid > 0 && !hierarchies_->unified.empty()) {
    RETURN_IF_ERROR(MoveProcess(unified_directory(), pid));
  }
  if (hierarchies_->mode == CgroupMode::kUnified) {
    RETURN_IF_ERROR(
        EnableControllers(hierarchies_->unified, path_, EnabledControllers(*hierarchies_)));
  }
  std::move(undo).Cancel();
  return absl::OkStatus();
}

absl::Status Cgroup::Apply(const std::vector<CgroupWrite>& writes) const {
  RETURN_IF_ERROR(CheckNotRoot(path_));
  return WriteControls(*hierarchies_, path_, writes);
}

absl::Status Cgroup::Change(const std::vector<CgroupWrite>& writes,
                            absl::FunctionRef<absl::Status()> record) const {
  const std::vector<CgroupWrite> before = ReadControls(*hierarchies_, path_, writes);
  absl::Status changed = Apply(writes);
  if (changed.ok()) {
    changed = record();
  }
  if (!changed.ok()) {
    LogIfError(Apply(before), absl::StrCat(path_, " keeps part of a change that failed"));
  }
  return changed;
}

absl::Status Cgroup::ApplyDevices(const std::vector<DeviceRule>& rules) const {
  RETURN_IF_ERROR(CheckNotRoot(path_));
  if (hierarchies_->controllers.count("devices") > 0) {
    return Apply(PlanDevicesV1(rules));
  }
  if (hierarchies_->unified.empty()) {
    return absl::FailedPreconditionError("the node cannot restrict devices: no devices controller");
  }
  const std::string path = hierarchies_->unified + path_;
  ASSIGN_OR_RETURN(
      const sys::Fd directory,
      ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY), "open ", path));
  return Annotate(AttachDeviceFilter(directory.get(), rules), path_);
}

absl::Status Cgroup::Kill(absl::Time deadline) const {
  RETURN_IF_ERROR(CheckNotRoot(path_));
  return Annotate(KillCgroup(ToKill(*hierarchies_, path_), deadline), path_);
}

absl::StatusOr<bool> Cgroup::IsEmpty() const {
  return IsCgroupEmpty(ToKill(*hierarchies_, path_));
}

absl::StatusOr<std::vector<int>> Cgroup::Processes() const {
  return ProcessesOf(ToKill(*hierarchies_, path_));
}

absl::Status Cgroup::Remove() const {
  RETURN_IF_ERROR(CheckNotRoot(path_));
  absl::Status first_error;
  for (const MountedHierarchy& hierarchy : MountedHierarchies(*hierarchies_)) {
    first_error.Update(RemoveCgroupDirectory(hierarchy.mount_point, path_));
  }
  return first_error;
}

absl::Status Cgroup::SetFrozen(bool frozen) const {
  RETURN_IF_ERROR(CheckNotRoot(path_));
  const Freezer freezer = FreezerOf(*hierarchies_, path_);
  const absl::string_view value = frozen ? freezer.frozen : freezer.thawed;
  return ToStatus(sys::WriteControlFile(AT_FDCWD, freezer.file.c_str(), value.data(), value.size()),
                  "write ", value, " to ", freezer.file);
}

absl::StatusOr<bool> Cgroup::IsFrozen() const {
  const Freezer freezer = FreezerOf(*hierarchies_, path_);
  ASSIGN_OR_RETURN(const std::string text, ReadControlFile(freezer.file, kMaxControlFile));
  return !absl::StartsWith(text, freezer.thawed);  // of v1 it may be on its way
}

absl::StatusOr<std::optional<int64_t>> Cgroup::MemoryLimit() const {
  const char* file = hierarchies_->IsUnified("memory") ? "memory.max" : "memory.limit_in_bytes";
  ASSIGN_OR_RETURN(const std::string text,
                   ReadControlFile(absl::StrCat(directory("memory"), "/", file), kMaxControlFile));
  const std::optional<uint64_t> limit = ParseLimit(text);
  return limit.has_value() ? std::optional<int64_t>(static_cast<int64_t>(*limit)) : std::nullopt;
}

absl::StatusOr<CgroupLimits> Cgroup::LimitsInForce() const {
  CgroupLimits limits;
  ASSIGN_OR_RETURN(limits.memory, MemoryLimit());
  if (IsUnified("cpu")) {  // on v1 quota and period are two files
    ASSIGN_OR_RETURN(const std::string text,
                     ReadControlFile(absl::StrCat(directory("cpu"), "/cpu.max"), kMaxControlFile));
    const std::vector<absl::string_view> words = absl::StrSplit(text, ' ');
    if (const std::optional<uint64_t> quota = ParseLimit(words[0]); quota.has_value()) {
      limits.cpu_quota = static_cast<int64_t>(*quota);
    }
  }
  return limits;
}

std::vector<std::string> Cgroup::directories() const {
  std::vector<std::string> result;
  for (const MountedHierarchy& hierarchy : MountedHierarchies(*hierarchies_)) {
    result.push_back(hierarchy.mount_point + path_);
  }
  return result;
}

std::string Cgroup::oom_file() const {
  const std::string memory = directory("memory");
  if (memory.empty()) {
    return "";
  }
  return absl::StrCat(memory,
                      hierarchies_->IsUnified("memory") ? "/memory.events" : "/memory.oom_control");
}

std::string Cgroup::unified_directory() const {
  return hierarchies_->unified.empty() ? "" : hierarchies_->unified + path_;
}

std::string Cgroup::directory(absl::string_view controller) const {
  const auto found = hierarchies_->controllers.find(std::string(controller));
  return found == hierarchies_->controllers.end() ? "" : found->second + path_;
}

}  // namespace berth::runtime
