// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/seccomp_json.h"

#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace berth::runtime {
namespace {

// Null when absent.
const Json* Member(const Json& json, absl::string_view key) {
  if (!json.is_object()) {
    return nullptr;
  }
  const auto found = json.find(std::string(key));
  return found == json.end() || found->is_null() ? nullptr : &*found;
}

absl::Status WrongType(absl::string_view key, absl::string_view type) {
  return InvalidSeccomp(absl::StrCat(key, " is not ", type));
}

}  // namespace

absl::Status InvalidSeccomp(absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("seccomp profile: ", problem));
}

absl::StatusOr<const Json*> SeccompArray(const Json& json, absl::string_view key) {
  static const auto* empty = new Json(Json::array());
  const Json* member = Member(json, key);
  if (member == nullptr) {
    return empty;
  }
  return member->is_array() ? absl::StatusOr<const Json*>(member) : WrongType(key, "an array");
}

absl::StatusOr<const Json*> SeccompObject(const Json& json, absl::string_view key) {
  static const auto* empty = new Json(Json::object());
  const Json* member = Member(json, key);
  if (member == nullptr) {
    return empty;
  }
  return member->is_object() ? absl::StatusOr<const Json*>(member) : WrongType(key, "an object");
}

absl::StatusOr<std::string> SeccompString(const Json& json, absl::string_view key) {
  const Json* member = Member(json, key);
  if (member == nullptr) {
    return std::string();
  }
  return member->is_string() ? absl::StatusOr<std::string>(member->get<std::string>())
                             : WrongType(key, "a string");
}

absl::StatusOr<std::vector<std::string>> SeccompStrings(const Json& json, absl::string_view key) {
  ASSIGN_OR_RETURN(const Json* array, SeccompArray(json, key));
  std::vector<std::string> strings;
  for (const Json& element : *array) {
    if (!element.is_string()) {
      return WrongType(key, "an array of strings");
    }
    strings.push_back(element.get<std::string>());
  }
  return strings;
}

absl::StatusOr<std::optional<uint64_t>> SeccompUnsigned(const Json& json, absl::string_view key) {
  const Json* member = Member(json, key);
  if (member == nullptr) {
    return std::optional<uint64_t>();
  }
  if (!member->is_number_unsigned()) {
    return WrongType(key, "a number from 0 on");
  }
  return std::optional<uint64_t>(member->get<uint64_t>());
}

}  // namespace berth::runtime
