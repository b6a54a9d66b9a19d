// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "proto/runtime/v1/api.pb.h"
#include "runtime/cgroup/hierarchies.h"

// Where a pod's and a container's things are, by what the request says. Pure.
namespace berth::runtime {

namespace v1 = ::runtime::v1;

// The pod's cgroup, <parent>/<id>, or with systemd's driver the scope <slice>/berth-<id>.scope; the
// parent is the request's or else `cgroup_root`. InvalidArgument for a parent of the other driver's
// kind and for a path with "..".
absl::StatusOr<std::string> PodCgroup(const v1::PodSandboxConfig& config, CgroupDriver driver,
                                      absl::string_view cgroup_root, absl::string_view pod_id);

// InvalidArgument for a parent that PodCgroup would refuse, whoever names it.
absl::Status CheckCgroupParent(CgroupDriver driver, absl::string_view parent);

// Whether that is the cgroup of this pod, whichever driver made it.
bool IsPodCgroup(absl::string_view cgroup, absl::string_view pod_id);

// Whether systemd knows that cgroup.
bool IsScope(absl::string_view cgroup);

// Where a container's log is: `file` is a path beneath `directory`. Both empty: there is none.
struct LogPlace {
  std::string directory;  // absolute
  std::string file;

  std::string path() const;     // of both; empty when there is none
  std::string planned() const;  // the same as LaunchPlan::log_path
};

// No place when the pod has no log directory or the container no log path. InvalidArgument when it
// would leave the log directory or names no file.
absl::StatusOr<LogPlace> PlaceLog(const v1::PodSandboxConfig& pod,
                                  const v1::ContainerConfig& container);

}  // namespace berth::runtime
