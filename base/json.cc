// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace berth {
namespace {

const Json* Member(const Json& json, absl::string_view key) {
  if (!json.is_object()) {
    return nullptr;
  }
  auto found = json.find(std::string(key));
  return found == json.end() ? nullptr : &*found;
}

// A value of two bytes takes a hundred as a tree.
constexpr size_t kBytesOfAValue = 40;
constexpr size_t kValuesAlways = 10'000;

struct Measures {
  size_t depth = 0;
  size_t values = 1;  // at most: of an empty list it is one too many
};

// Of the text, before any tree is built: building and destroying one recurses, and takes many times
// the space of the text.
Measures Measure(absl::string_view text) {
  Measures measures;
  size_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++measures.values;
      measures.depth = std::max(measures.depth, ++depth);
    } else if (c == ',') {
      ++measures.values;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return measures;
}

}  // namespace

absl::StatusOr<Json> ParseJson(absl::string_view text, size_t max_bytes) {
  if (text.size() > max_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("JSON of ", text.size(), " bytes is over the limit of ", max_bytes));
  }
  const Measures measures = Measure(text);
  if (measures.depth > kMaxJsonDepth) {
    return absl::InvalidArgumentError(absl::StrCat("JSON nests deeper than ", kMaxJsonDepth));
  }
  const size_t max_values = std::max(kValuesAlways, max_bytes / kBytesOfAValue);
  if (measures.values > max_values) {
    return absl::InvalidArgumentError(absl::StrCat("JSON has more than ", max_values, " values"));
  }
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    return absl::InvalidArgumentError("not valid JSON");
  }
  return json;
}

std::string FormatJson(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<std::string> JsonString(const Json& json, absl::string_view key) {
  const Json* member = Member(json, key);
  if (member == nullptr || !member->is_string()) {
    return std::nullopt;
  }
  return member->get<std::string>();
}

std::optional<int64_t> JsonInteger(const Json& json, absl::string_view key) {
  const Json* member = Member(json, key);
  if (member == nullptr || !member->is_number_integer()) {
    return std::nullopt;
  }
  return member->get<int64_t>();
}

bool JsonFlag(const Json& json, absl::string_view key) {
  const Json* member = Member(json, key);
  return member != nullptr && *member == true;
}

const Json& JsonObject(const Json& json, absl::string_view key) {
  static const Json& empty = *new Json(Json::object());
  const Json* member = Member(json, key);
  return member != nullptr && member->is_object() ? *member : empty;
}

const Json& JsonArray(const Json& json, absl::string_view key) {
  static const Json& empty = *new Json(Json::array());
  const Json* member = Member(json, key);
  return member != nullptr && member->is_array() ? *member : empty;
}

}  // namespace berth
