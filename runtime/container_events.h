// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/container.h"
#include "runtime/pod.h"
#include "runtime/runtime_context.h"

// Tells the subscribers of the event log what has just happened to a pod or a container; its state
// is what it is afterwards. Never blocks.
namespace berth::runtime {

void TellCreated(RuntimeContext& context, const Container& container);
void TellStarted(RuntimeContext& context, const Container& container);
void TellStopped(RuntimeContext& context, const Container& container);
void TellDeleted(RuntimeContext& context, const Container& container);

// In the log, once; called by all who may be the first to know.
void LogStart(Container& container);

// One that is ready: it is created and started at once.
void TellRunning(RuntimeContext& context, const Pod& pod);
void TellStopped(RuntimeContext& context, const Pod& pod);
void TellDeleted(RuntimeContext& context, const Pod& pod);

// One from the records of an earlier daemon: only what is new from now on is told.
void KnowOf(RuntimeContext& context, const Pod& pod);
void KnowOf(RuntimeContext& context, const Container& container);

// The containers of a pod, newest first.
std::vector<ContainerSnapshot> SnapshotsOf(const RuntimeContext& context,
                                           const std::string& pod_id);

}  // namespace berth::runtime
