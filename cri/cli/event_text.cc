// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/event_text.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace berth::cli {
namespace {

std::string Text(const Json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() && found->is_string()
             ? found->get<std::string>()
             : "";
}

const Json& Member(const Json& object, const char* name) {
  static const Json* const kNothing = new Json(Json::object());
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() ? *found : *kNothing;
}

}  // namespace

absl::StatusOr<std::vector<Json>> EventLines::Take(absl::string_view bytes) {
  std::vector<Json> events;
  absl::StrAppend(&rest_, bytes);
  size_t begin = 0;
  for (size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
    const std::string line = rest_.substr(begin, end - begin);
    begin = end + 1;
    if (line.find_first_not_of(" \r") == std::string::npos) {
      continue;
    }
    Json event = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!event.is_object()) {
      return absl::InvalidArgumentError("the daemon tells what is no event");
    }
    events.push_back(std::move(event));
  }
  rest_.erase(0, begin);
  if (rest_.size() > kMaxEvent) {
    return absl::InvalidArgumentError("the daemon tells an event that is too long");
  }
  return events;
}

std::string EventText(const Json& event, const absl::TimeZone& zone) {
  const Json& nanoseconds = Member(event, "timeNano");
  const absl::Time at =
      absl::FromUnixNanos(nanoseconds.is_number_integer() ? nanoseconds.get<int64_t>() : 0);
  const Json& actor = Member(event, "Actor");
  std::vector<std::string> attributes;
  for (const auto& [name, value] : Member(actor, "Attributes").items()) {
    attributes.push_back(
        absl::StrCat(name, "=", value.is_string() ? value.get<std::string>() : ""));
  }
  return absl::StrCat(absl::FormatTime("%Y-%m-%dT%H:%M:%E9S%Ez", at, zone), " ",
                      Text(event, "Type"), " ", Text(event, "Action"), " ", Text(actor, "ID"),
                      attributes.empty() ? "" : " (", absl::StrJoin(attributes, ", "),
                      attributes.empty() ? "" : ")");
}

Json EventFields(const Json& event) {
  Json fields = event;
  constexpr std::pair<const char*, const char*> kNames[] = {
      {"id", "ID"},     {"status", "Status"}, {"from", "From"},
      {"time", "Time"}, {"scope", "Scope"},   {"timeNano", "TimeNano"}};
  for (const auto& [name, field] : kNames) {
    const auto found = event.find(name);
    fields[field] = found == event.end() ? Json("") : *found;
    fields.erase(name);
  }
  return fields;
}

}  // namespace berth::cli
