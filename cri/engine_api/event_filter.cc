// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/event_filter.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"

#include "base/status.h"

namespace berth::cri {
namespace {

constexpr absl::string_view kKnown[] = {"config", "container", "daemon", "event",  "image",
                                        "label",  "network",   "node",   "plugin", "scope",
                                        "secret", "service",   "type",   "volume"};
constexpr absl::string_view kObjects[] = {"config", "container", "daemon",  "network", "node",
                                          "plugin", "secret",    "service", "volume"};

std::string Attribute(const EngineEvent& event, const std::string& name) {
  const auto found = event.attributes.find(name);
  return found == event.attributes.end() ? "" : found->second;
}

// "busybox:1" is busybox, "registry:5000/busybox" is not registry.
std::string WithoutTag(const std::string& name) {
  const size_t colon = name.rfind(':');
  return colon == std::string::npos || name.find('/', colon) != std::string::npos
             ? name
             : name.substr(0, colon);
}

}  // namespace

absl::StatusOr<EventFilter> EventFilter::Parse(absl::string_view filters) {
  ASSIGN_OR_RETURN(Filters parsed, Filters::Parse(filters, kKnown));
  return EventFilter(std::move(parsed));
}

bool EventFilter::TakesBeginning(absl::string_view name, absl::string_view value) const {
  const std::vector<std::string>& wanted = filters_.Values(name);
  return !filters_.Has(name) ||
         std::any_of(wanted.begin(), wanted.end(), [&](const std::string& beginning) {
           return absl::StartsWith(value, beginning);
         });
}

bool EventFilter::TakesObject(absl::string_view type, const EngineEvent& event) const {
  return !filters_.Has(type) ||
         (event.type == type &&
          (TakesBeginning(type, event.actor) || TakesBeginning(type, Attribute(event, "name"))));
}

// Also what has happened to the image's containers.
bool EventFilter::TakesImage(const EngineEvent& event) const {
  const std::string name = Attribute(event, event.type == "image" ? "name" : "image");
  return filters_.Takes("image", event.actor) || filters_.Takes("image", name) ||
         filters_.Takes("image", WithoutTag(event.actor)) ||
         filters_.Takes("image", WithoutTag(name));
}

bool EventFilter::Takes(const EngineEvent& event) const {
  const size_t colon = event.action.find(": ");
  const bool action = filters_.Takes("event", event.action) ||
                      (colon != std::string::npos && TakesBeginning("event", event.action));
  return action && filters_.Takes("type", event.type) && filters_.Takes("scope", "local") &&
         filters_.TakesLabels(event.attributes) && TakesImage(event) &&
         std::all_of(std::begin(kObjects), std::end(kObjects),
                     [&](absl::string_view type) { return TakesObject(type, event); });
}

}  // namespace berth::cri
