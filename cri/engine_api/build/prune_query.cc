// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/build/prune_query.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/status.h"
#include "cri/engine_api/filters.h"

namespace berth::cri {
namespace {

constexpr absl::string_view kSteps = "regular";
constexpr absl::string_view kMounts = "exec.cachemount";

// Since when it must have been unused.
absl::StatusOr<absl::Time> ReadAge(const Filters& filters, absl::Time now) {
  ASSIGN_OR_RETURN(absl::Time since, filters.Until(now));
  for (const std::string& text : filters.Values("unused-for")) {
    absl::Duration age;
    if (!absl::ParseDuration(text, &age)) {
      return absl::InvalidArgumentError(absl::StrCat("\"unused-for\" filter: ", text));
    }
    since = std::min(since, now - age);
  }
  return since;
}

// What is to be kept and what may be kept are one here: the bytes at which a prune stops.
absl::StatusOr<std::optional<uint64_t>> ReadKept(const EngineRequest& request) {
  uint64_t keep = 0;
  for (const char* name : {"keep-storage", "reserved-space", "max-used-space", "min-free-space"}) {
    const std::string text = request.Query(name);
    uint64_t bytes = 0;
    if (!text.empty() && !absl::SimpleAtoi(text, &bytes)) {
      return absl::InvalidArgumentError(absl::StrCat("invalid ", name, ": ", text));
    }
    keep = std::max(keep, bytes);
  }
  if (!request.Query("min-free-space").empty() && request.Query("min-free-space") != "0") {
    return absl::UnimplementedError("min-free-space of a prune is not supported");
  }
  return keep == 0 ? std::nullopt : std::optional(keep);
}

// Nothing of ours is told as in use, or as shared.
absl::StatusOr<bool> TakesIdle(const Filters& filters) {
  ASSIGN_OR_RETURN(const bool in_use, filters.Bool("inuse", false));
  ASSIGN_OR_RETURN(const bool is_shared, filters.Bool("shared", false));
  ASSIGN_OR_RETURN(const bool is_private, filters.Bool("private", true));
  return !in_use && !is_shared && is_private;
}

}  // namespace

absl::StatusOr<PruneQuery> ReadPruneQuery(const EngineRequest& request, absl::Time now) {
  // Labels mean nothing here, to Docker neither: `docker system prune` hands them to every prune.
  constexpr absl::string_view kKnown[] = {"until",  "unused-for", "id",    "type",  "inuse",
                                          "shared", "private",    "label", "label!"};
  ASSIGN_OR_RETURN(const Filters filters, Filters::Parse(request.Query("filters"), kKnown));
  PruneQuery query;
  ASSIGN_OR_RETURN(query.prune.unused_since, ReadAge(filters, now));
  ASSIGN_OR_RETURN(query.prune.keep_bytes, ReadKept(request));
  ASSIGN_OR_RETURN(const bool takes_idle, TakesIdle(filters));
  if (filters.Has("id")) {
    query.prune.takes = [ids = filters.Values("id")](absl::string_view key) {
      absl::ConsumePrefix(&key, kKeyPrefix);
      return absl::c_any_of(ids, [key](absl::string_view id) {
        absl::ConsumePrefix(&id, kKeyPrefix);
        return !id.empty() && absl::StartsWith(key, id);
      });
    };
  }
  query.prunes_steps = takes_idle && filters.Takes("type", kSteps);
  query.prunes_notes =
      query.prunes_steps && !filters.Has("id") && !query.prune.keep_bytes.has_value();
  query.prunes_mounts = takes_idle && filters.Takes("type", kMounts);
  return query;
}

imageservice::CachePrune PruneOfMounts(const PruneQuery& query, uint64_t step_bytes) {
  imageservice::CachePrune prune = query.prune;
  if (prune.keep_bytes.has_value()) {
    *prune.keep_bytes -= std::min(*prune.keep_bytes, step_bytes);
  }
  return prune;
}

}  // namespace berth::cri
