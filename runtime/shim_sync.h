// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "absl/time/time.h"

#include "base/call.h"
#include "runtime/runtime_context.h"

namespace berth::runtime {

enum class ShimHealth {
  kLive,    // heard, and what it told is applied
  kGone,    // no shim is there
  kSilent,  // one is there but does not answer
};

// Asks the pod's shim what has become of its containers, applies it, and has the monitor hear the
// shim from then on. Containers on record as running that the shim does not know have exited. The
// caller holds the pod's operation lock, or is alone.
ShimHealth SyncWithShim(RuntimeContext& context, const Call& call, Pod& pod);

// The pod's shim does not answer: the pod is not ready and its containers are UNKNOWN until it
// does. It is tried again later, on the agenda.
void Suspend(RuntimeContext& context, const std::shared_ptr<Pod>& pod);

// SyncWithShim, and what follows from it: loses the pod when the shim has died, suspends it when it
// is silent, and has Resync try again after `pause` where that is needed.
ShimHealth HearShim(RuntimeContext& context, const Call& call, const std::shared_ptr<Pod>& pod,
                    absl::Duration pause);

// HearShim for a pod whose shim is not heard any more, by the agenda. Nothing happens when it is
// heard or need not be. Pauses grow.
void Resync(RuntimeContext& context, const std::shared_ptr<Pod>& pod, absl::Duration pause);
inline constexpr absl::Duration kFirstResyncPause = absl::Seconds(3);

}  // namespace berth::runtime
