// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "base/call.h"
#include "runtime/runtime_context.h"

// The end of a pod, in steps that can each be repeated: whatever a step finds gone already is
// success. Callers hold the pod's operation lock, or are alone.
namespace berth::runtime {

inline constexpr absl::Duration kTeardownTimeout = absl::Minutes(1);

// Ends everything a pod has but its files and records: containers, network, shim, cgroup. Its phase
// is kStopped when all of that has succeeded. Does as much as it can and returns the first error.
absl::Status TearDownPod(RuntimeContext& context, const Call& call, Pod& pod);

// Removes a torn-down pod's files and record, its containers' and then the pod itself.
absl::Status DropPod(RuntimeContext& context, Pod& pod);

// Tears down and drops a pod that is only being made; `call` should be the daemon's own, since the
// caller may have gone. What cannot be undone stays as a pod that is not ready, for StopPod; when
// the daemon is about to end, as one that is being made, for the next daemon.
void UndoPod(RuntimeContext& context, const Call& call, Pod& pod);

// Kills what is in the cgroup of a pod or container, and removes it.
absl::Status EndCgroup(RuntimeContext& context, const Call& call, const std::string& path);

// The shim has died: what it ran is killed, its containers have exited, the pod is not ready.
absl::Status LosePod(RuntimeContext& context, Pod& pod);

}  // namespace berth::runtime
