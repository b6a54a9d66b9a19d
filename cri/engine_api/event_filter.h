// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "cri/engine_api/event_hub.h"
#include "cri/engine_api/filters.h"

namespace berth::cri {

// Which events a client of GET /events wants, by Docker's rules: "container", "network", "volume"
// and "event" also take the beginning of an id, a name, or "exec_start" without its command.
// Immutable; pure.
class EventFilter {
 public:
  // InvalidArgument for what are no filters of events.
  static absl::StatusOr<EventFilter> Parse(absl::string_view filters);

  bool Takes(const EngineEvent& event) const;

 private:
  explicit EventFilter(Filters filters) : filters_(std::move(filters)) {}

  // The value begins with one of the filter's, or the filter is not there.
  bool TakesBeginning(absl::string_view name, absl::string_view value) const;
  bool TakesObject(absl::string_view type, const EngineEvent& event) const;
  bool TakesImage(const EngineEvent& event) const;

  const Filters filters_;
};

}  // namespace berth::cri
