// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "cri/engine_api/containers/container_record.h"

namespace berth::cri {

// Whether a container that has ended, as its state says, starts again by its restart policy. Pure.
bool ShouldRestart(const EngineContainerRecord& record);

// Whether a daemon that starts starts it, though it does not run since before: by "always" also one
// that a user has stopped. Pure.
bool StartsWithDaemon(const EngineContainerRecord& record);

// The names and ids of those that must run before it can start: whom it links to in the default
// network, and whose namespaces it joins. Pure.
std::vector<std::string> StartsAfter(const EngineContainerRecord& record);

// The name of one of those that is about to start by its own policy; empty: none. Not one that in
// turn awaits `record`: they would wait for each other for ever. `find` is by name or id. Pure but
// for that.
using FindRecord = absl::FunctionRef<absl::StatusOr<EngineContainerRecord>(absl::string_view name)>;
std::string AwaitedOther(const EngineContainerRecord& record, FindRecord find);

// How long after its end: 100 ms, twice as long each time, at most a minute; 100 ms again after one
// that ran for ten seconds and could be started since. Pure.
absl::Duration RestartPause(const EngineContainerRecord& record);

}  // namespace berth::cri
