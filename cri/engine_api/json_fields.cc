// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/json_fields.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace berth::cri {

absl::StatusOr<Json> ReadJsonBody(Exchange& exchange) {
  ASSIGN_OR_RETURN(const std::string body, exchange.ReadBody(kMaxEngineBody));
  if (body.empty()) {
    return Json::object();
  }
  absl::StatusOr<Json> json = ParseJson(body, kMaxEngineBody);
  if (!json.ok()) {
    return Annotate(json.status(), "invalid JSON");
  }
  return json->is_object() ? json
                           : absl::InvalidArgumentError("invalid JSON: the body must be an object");
}

JsonFields::JsonFields(const Json& object, std::string path)
    : object_(object), path_(std::move(path)) {
  if (!object.is_object() && !object.is_null()) {
    status_ = absl::InvalidArgumentError(
        absl::StrCat("invalid JSON: ", path_.empty() ? "the body" : path_, " must be an object"));
  }
}

std::string JsonFields::PathOf(absl::string_view name) const {
  return path_.empty() ? std::string(name) : absl::StrCat(path_, ".", name);
}

void JsonFields::Note(const absl::Status& status) {
  status_.Update(status);
}

void JsonFields::Refuse(absl::string_view name, absl::string_view wanted) {
  Note(absl::InvalidArgumentError(
      absl::StrCat("invalid JSON: ", PathOf(name), " must be ", wanted)));
}

const Json* JsonFields::Find(absl::string_view name, bool (Json::*is)() const noexcept,
                             absl::string_view wanted) {
  if (!object_.is_object()) {
    return nullptr;
  }
  const auto found = object_.find(std::string(name));
  if (found == object_.end() || found->is_null()) {
    return nullptr;
  }
  if (!((*found).*is)()) {
    Refuse(name, wanted);
    return nullptr;
  }
  return &*found;
}

std::string JsonFields::Text(absl::string_view name) {
  const Json* found = Find(name, &Json::is_string, "a string");
  return found == nullptr ? "" : found->get<std::string>();
}

std::optional<int64_t> JsonFields::OptionalInteger(absl::string_view name) {
  const Json* found = Find(name, &Json::is_number_integer, "an integer");
  return found == nullptr ? std::nullopt : std::optional(found->get<int64_t>());
}

int64_t JsonFields::Integer(absl::string_view name) {
  return OptionalInteger(name).value_or(0);
}

std::optional<bool> JsonFields::OptionalFlag(absl::string_view name) {
  const Json* found = Find(name, &Json::is_boolean, "a boolean");
  return found == nullptr ? std::nullopt : std::optional(found->get<bool>());
}

bool JsonFields::Flag(absl::string_view name) {
  return OptionalFlag(name).value_or(false);
}

std::vector<std::string> JsonFields::Texts(absl::string_view name) {
  std::vector<std::string> texts;
  for (const Json& item : Array(name)) {
    if (!item.is_string()) {
      Refuse(name, "a list of strings");
      return {};
    }
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

std::vector<std::string> JsonFields::TextOrTexts(absl::string_view name) {
  if (std::optional<std::string> text = JsonString(object_, name); text.has_value()) {
    return {*std::move(text)};
  }
  return Texts(name);
}

std::map<std::string, std::string> JsonFields::TextMap(absl::string_view name) {
  std::map<std::string, std::string> texts;
  for (const auto& [key, value] : Object(name).items()) {
    if (!value.is_string()) {
      Refuse(name, "an object of strings");
      return {};
    }
    texts[key] = value.get<std::string>();
  }
  return texts;
}

std::vector<std::string> JsonFields::Keys(absl::string_view name) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : Object(name).items()) {
    keys.push_back(key);
  }
  return keys;
}

const Json& JsonFields::Object(absl::string_view name) {
  static const auto& empty = *new Json(Json::object());
  const Json* found = Find(name, &Json::is_object, "an object");
  return found == nullptr ? empty : *found;
}

const Json& JsonFields::Array(absl::string_view name) {
  static const auto& empty = *new Json(Json::array());
  const Json* found = Find(name, &Json::is_array, "a list");
  return found == nullptr ? empty : *found;
}

}  // namespace berth::cri
