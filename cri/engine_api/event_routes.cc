// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "base/status.h"
#include "base/time_text.h"
#include "cri/engine_api/event_filter.h"
#include "cri/engine_api/routes.h"

namespace berth::cri {
namespace {

// Between two moments, the second included.
struct Period {
  absl::Time since = absl::InfiniteFuture();  // that: only what is new
  absl::Time until = absl::InfiniteFuture();
};

absl::StatusOr<Period> ReadPeriod(const EngineRequest& request) {
  const absl::Time now = absl::Now();
  Period period;
  ASSIGN_OR_RETURN(const auto since, ParseMoment(request.Query("since"), now));
  ASSIGN_OR_RETURN(const auto until, ParseMoment(request.Query("until"), now));
  period.since = since.value_or(period.since);
  period.until = until.value_or(period.until);
  if (since.has_value() && until.has_value() && *since > *until) {
    return absl::InvalidArgumentError(absl::StrCat("`since` time (", request.Query("since"),
                                                   ") cannot be after `until` time (",
                                                   request.Query("until"), ")"));
  }
  return period;
}

// Until the client leaves, or the period is over. Who reads slowly misses some, and holds nobody
// up.
absl::Status Follow(Exchange& exchange, EventHub& events) {
  ASSIGN_OR_RETURN(const EventFilter filter,
                   EventFilter::Parse(exchange.request().Query("filters")));
  ASSIGN_OR_RETURN(const Period period, ReadPeriod(exchange.request()));
  const bool replays = period.since != absl::InfiniteFuture();
  uint64_t from = replays ? events.first() : events.next();
  exchange.Begin("application/json");
  const Call call = exchange.call().Within(period.until - absl::Now());
  while (true) {
    const absl::StatusOr<EventHub::Batch> batch = events.Take(call, from);
    if (!batch.ok()) {
      return absl::OkStatus();
    }
    for (const EngineEvent& event : batch->events) {
      const absl::Time at = absl::FromUnixNanos(event.at);
      if (at > period.until) {
        return absl::OkStatus();
      }
      if ((!replays || at >= period.since) && filter.Takes(event)) {
        exchange.Write(FormatJson(ToJson(event)) + "\n");
      }
    }
    from = batch->next;
  }
}

}  // namespace

void AddEventRoutes(Router& router, EventHub& events) {
  router.Add("GET", "/events", [&events](Exchange& exchange, const std::string&) {
    return Follow(exchange, events);
  });
}

}  // namespace berth::cri
