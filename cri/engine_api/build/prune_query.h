// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "cri/engine_api/engine_request.h"
#include "imageservice/build/cache_prune.h"

namespace berth::cri {

// What clients leave out of a step's key.
inline constexpr absl::string_view kKeyPrefix = "sha256:";

// What POST /build/prune asks for.
struct PruneQuery {
  imageservice::CachePrune prune;
  bool prunes_steps = true;
  bool prunes_notes = true;   // what is known of URLs (url_notes.h)
  bool prunes_mounts = true;  // the directories of RUN --mount=type=cache
};

// Filters: until and unused-for (a duration since the last use), id (a beginning), type ("regular"
// for steps, "exec.cachemount"), inuse, shared, private. InvalidArgument for others and for what is
// none. The sizes keep-storage, reserved-space and max-used-space say at how many bytes it stops;
// Unimplemented for min-free-space. Notes go by age alone. Pure.
absl::StatusOr<PruneQuery> ReadPruneQuery(const EngineRequest& request, absl::Time now);

// What goes of the directories once the steps have been pruned, of which so many bytes are left:
// they may have the rest of what is to be kept. Pure.
imageservice::CachePrune PruneOfMounts(const PruneQuery& query, uint64_t step_bytes);

}  // namespace berth::cri
