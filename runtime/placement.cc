// SPDX-License-Identifier: Apache-2.0
#include "runtime/placement.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/path.h"
#include "base/status.h"
#include "runtime/cgroup/systemd_scope.h"
#include "runtime/plan/log_place.h"

namespace berth::runtime {
namespace {

constexpr absl::string_view kScopeSuffix = ".scope";
constexpr absl::string_view kSliceSuffix = ".slice";

std::string ScopeName(absl::string_view pod_id) {
  return absl::StrCat("berth-", pod_id, kScopeSuffix);
}

absl::StatusOr<std::string> ParentCgroup(CgroupDriver driver, absl::string_view parent) {
  if (HasDotDot(parent)) {
    return absl::InvalidArgumentError(absl::StrCat("cgroup_parent ", parent, " has a \"..\""));
  }
  if (driver == CgroupDriver::kSystemd) {
    absl::StatusOr<std::string> slice = SliceCgroup(parent);
    RETURN_IF_ERROR(Annotate(slice.status(), "cgroup_parent, the cgroup driver being systemd"));
    return slice;
  }
  std::string path = CleanPath(JoinPath("/", parent));
  if (absl::EndsWith(path, kSliceSuffix)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "cgroup_parent ", parent, " is a systemd slice, but the cgroup driver is cgroupfs"));
  }
  return path;
}

}  // namespace

absl::StatusOr<std::string> PodCgroup(const v1::PodSandboxConfig& config, CgroupDriver driver,
                                      absl::string_view cgroup_root, absl::string_view pod_id) {
  const std::string& asked = config.linux().cgroup_parent();
  ASSIGN_OR_RETURN(const std::string parent,
                   ParentCgroup(driver, asked.empty() ? cgroup_root : absl::string_view(asked)));
  return JoinPath(parent,
                  driver == CgroupDriver::kSystemd ? ScopeName(pod_id) : std::string(pod_id));
}

absl::Status CheckCgroupParent(CgroupDriver driver, absl::string_view parent) {
  return ParentCgroup(driver, parent).status();
}

bool IsPodCgroup(absl::string_view cgroup, absl::string_view pod_id) {
  return BaseName(cgroup) == pod_id || BaseName(cgroup) == ScopeName(pod_id);
}

bool IsScope(absl::string_view cgroup) {
  return absl::EndsWith(cgroup, kScopeSuffix);
}

std::string LogPlace::path() const {
  return file.empty() ? "" : JoinPath(directory, file);
}

std::string LogPlace::planned() const {
  return file.empty() ? ""
                      : absl::StrCat(directory == "/" ? "" : directory, kBeneathLogDirectory, file);
}

absl::StatusOr<LogPlace> PlaceLog(const v1::PodSandboxConfig& pod,
                                  const v1::ContainerConfig& container) {
  if (pod.log_directory().empty() || container.log_path().empty()) {
    return LogPlace();
  }
  if (!IsAbsolutePath(pod.log_directory())) {
    return absl::InvalidArgumentError(
        absl::StrCat("log_directory ", pod.log_directory(), " is not absolute"));
  }
  if (HasDotDot(container.log_path()) || HasNul(container.log_path())) {
    return absl::InvalidArgumentError("log_path leaves the log directory");
  }
  // As an absolute path it is clean without a "." in front.
  const std::string file = CleanPath(JoinPath("/", container.log_path()));
  if (file == "/" || absl::EndsWith(container.log_path(), "/")) {
    return absl::InvalidArgumentError("log_path names no file");
  }
  return LogPlace{CleanPath(pod.log_directory()), file.substr(1)};
}

}  // namespace berth::runtime
