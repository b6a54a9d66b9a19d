// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "proto/runtime/v1/api.pb.h"
#include "runtime/plan/launch_plan.h"

namespace berth::runtime {

namespace v1 = ::runtime::v1;

// InvalidArgument unless the pod's own namespaces can be what the options say: network and IPC of
// the pod or the host, processes of anyone but a target.
absl::Status CheckPodNamespaces(const v1::NamespaceOption& options);

// Whose processes a container sees. POD means what the pod has: its own namespace, or the host's,
// or, where the pod shares none, one of the container's own. Network and IPC are always the pod's.
absl::StatusOr<PidNamespace> PlanPidNamespace(const v1::NamespaceOption& pod,
                                              const v1::NamespaceOption& container);

}  // namespace berth::runtime
