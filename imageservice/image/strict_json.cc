// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image/strict_json.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace berth::imageservice {
namespace {

absl::Status WrongType(absl::string_view key, absl::string_view wanted) {
  return absl::InvalidArgumentError(absl::StrCat("\"", key, "\" is not ", wanted));
}

// Null when absent.
const Json* Member(const Json& object, absl::string_view key) {
  if (!object.is_object()) {
    return nullptr;
  }
  auto found = object.find(std::string(key));
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

absl::StatusOr<std::string> CheckedString(const Json& value, absl::string_view key) {
  if (!value.is_string()) {
    return WrongType(key, "a string");
  }
  std::string text = value.get<std::string>();
  if (text.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat("\"", key, "\" holds a null byte"));
  }
  return text;
}

}  // namespace

absl::StatusOr<std::string> StringMember(const Json& object, absl::string_view key) {
  const Json* member = Member(object, key);
  return member == nullptr ? std::string() : CheckedString(*member, key);
}

absl::StatusOr<std::vector<std::string>> StringsMember(const Json& object, absl::string_view key) {
  ASSIGN_OR_RETURN(const Json* array, ArrayMember(object, key));
  std::vector<std::string> strings;
  strings.reserve(array->size());
  for (const Json& item : *array) {
    ASSIGN_OR_RETURN(std::string text, CheckedString(item, key));
    strings.push_back(std::move(text));
  }
  return strings;
}

absl::StatusOr<const Json*> ObjectMember(const Json& object, absl::string_view key) {
  static const Json& empty = *new Json(Json::object());
  const Json* member = Member(object, key);
  if (member == nullptr) {
    return &empty;
  }
  if (!member->is_object()) {
    return WrongType(key, "an object");
  }
  return member;
}

absl::StatusOr<const Json*> ArrayMember(const Json& object, absl::string_view key) {
  static const Json& empty = *new Json(Json::array());
  const Json* member = Member(object, key);
  if (member == nullptr) {
    return &empty;
  }
  if (!member->is_array()) {
    return WrongType(key, "a list");
  }
  return member;
}

}  // namespace berth::imageservice
