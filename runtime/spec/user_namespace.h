// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "proto/runtime/v1/api.pb.h"
#include "runtime/plan/launch_plan.h"
#include "runtime/spec/host_facts.h"

namespace berth::runtime {

namespace v1 = ::runtime::v1;

// The ids of the user namespace that a pod asks for; none (count 0) where it asks for the host's.
// InvalidArgument, with a message that begins "user namespace configuration", unless that is one
// range for users and groups alike that has the container's 0, and network, IPC and processes are
// the pod's own too; FailedPrecondition where the node has no user namespaces.
absl::StatusOr<IdRange> PlanUserNamespace(const v1::NamespaceOption& pod, const HostFacts& facts);

// The same of a container, which has to ask for what its pod asks for.
absl::StatusOr<IdRange> PlanUserNamespace(const v1::NamespaceOption& pod,
                                          const v1::NamespaceOption& container,
                                          const HostFacts& facts);

// InvalidArgument when a user namespace of the pod lacks one of the ids that the process is to
// have.
absl::Status CheckIdsAreMapped(const ProcessPlan& process, const IdRange& ids);

// Whether a mount's ids are to be mapped. InvalidArgument unless to those of the pod.
absl::StatusOr<bool> PlanMappedIds(const v1::Mount& mount, const IdRange& ids);

}  // namespace berth::runtime
