// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "proto/runtime/v1/api.pb.h"

// Where a pod's and a container's things are, by what the request says. Pure.
namespace berth::runtime {

namespace v1 = ::runtime::v1;

// The pod's cgroup, <parent>/<id>, where the parent is the request's or else `cgroup_root`.
// InvalidArgument for a systemd slice and for a path with "..".
absl::StatusOr<std::string> PodCgroup(const v1::PodSandboxConfig& config,
                                      absl::string_view cgroup_root, absl::string_view pod_id);

// The absolute path of the container's log; empty when the pod has no log directory or the
// container no log path. InvalidArgument when it would leave the log directory.
absl::StatusOr<std::string> LogPath(const v1::PodSandboxConfig& pod,
                                    const v1::ContainerConfig& container);

}  // namespace berth::runtime
