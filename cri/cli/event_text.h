// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "cri/cli/output.h"

// The Engine API's stream of events as `berth events` shows them. Pure.
namespace berth::cli {

inline constexpr size_t kMaxEvent = 1 << 20;  // bytes

// Takes a stream apart into its lines.
class EventLines {
 public:
  // The events that have come whole with these bytes. InvalidArgument for what is none, and for one
  // of more than kMaxEvent.
  absl::StatusOr<std::vector<Json>> Take(absl::string_view bytes);

 private:
  std::string rest_;
};

// "2024-05-01T10:00:00.000000000Z container start ID (image=a, name=b)", in that time zone.
std::string EventText(const Json& event, const absl::TimeZone& zone);

// What templates know of it: docker's fields, such as {{.Type}} and {{.Actor.Attributes}}.
Json EventFields(const Json& event);

}  // namespace berth::cli
