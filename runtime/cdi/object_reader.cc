// SPDX-License-Identifier: Apache-2.0
#include "runtime/cdi/object_reader.h"

#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace berth::cdi {
namespace {

std::optional<uint32_t> ToNumber(const Json& json) {
  if (!json.is_number_integer()) {
    return std::nullopt;
  }
  // A negative one of JSON is signed, all else is read as unsigned or fits into both.
  const auto value = json.get<int64_t>();
  return value >= 0 && value <= std::numeric_limits<uint32_t>::max()
             ? std::optional<uint32_t>(static_cast<uint32_t>(value))
             : std::nullopt;
}

}  // namespace

ObjectReader::ObjectReader(const Json& json, std::string where)
    : json_(json), where_(std::move(where)) {
  if (!json.is_object()) {
    Refuse("is no object");
  }
}

const Json* ObjectReader::Find(absl::string_view key) {
  known_.emplace(key);
  if (!json_.is_object()) {
    return nullptr;
  }
  const auto found = json_.find(std::string(key));
  return found == json_.end() || found->is_null() ? nullptr : &*found;
}

void ObjectReader::Refuse(absl::string_view problem) {
  if (status_.ok()) {
    status_ = absl::InvalidArgumentError(absl::StrCat(where_, where_.empty() ? "" : ": ", problem));
  }
}

void ObjectReader::WrongType(absl::string_view key, absl::string_view expected) {
  Refuse(absl::StrCat(key, " is not ", expected));
}

std::string ObjectReader::String(absl::string_view key) {
  const Json* member = Find(key);
  if (member == nullptr) {
    return "";
  }
  if (member->is_number_integer()) {  // YAML without quotes
    return FormatJson(*member);
  }
  if (!member->is_string()) {
    WrongType(key, "a text");
    return "";
  }
  return member->get<std::string>();
}

std::vector<std::string> ObjectReader::Strings(absl::string_view key) {
  std::vector<std::string> strings;
  for (const Json& element : Array(key)) {
    if (element.is_number_integer()) {
      strings.push_back(FormatJson(element));
    } else if (element.is_string()) {
      strings.push_back(element.get<std::string>());
    } else {
      WrongType(key, "a list of texts");
    }
  }
  return strings;
}

std::optional<uint32_t> ObjectReader::Number(absl::string_view key) {
  const Json* member = Find(key);
  if (member == nullptr) {
    return std::nullopt;
  }
  const std::optional<uint32_t> number = ToNumber(*member);
  if (!number.has_value()) {
    WrongType(key, "a number of 32 bits");
  }
  return number;
}

std::vector<uint32_t> ObjectReader::Numbers(absl::string_view key) {
  std::vector<uint32_t> numbers;
  for (const Json& element : Array(key)) {
    if (const std::optional<uint32_t> number = ToNumber(element); number.has_value()) {
      numbers.push_back(*number);
    } else {
      WrongType(key, "a list of numbers of 32 bits");
    }
  }
  return numbers;
}

const Json* ObjectReader::Object(absl::string_view key) {
  const Json* member = Find(key);
  if (member != nullptr && !member->is_object()) {
    WrongType(key, "an object");
    return nullptr;
  }
  return member;
}

const Json& ObjectReader::Array(absl::string_view key) {
  static const Json& empty = *new Json(Json::array());
  const Json* member = Find(key);
  if (member != nullptr && !member->is_array()) {
    WrongType(key, "a list");
    return empty;
  }
  return member == nullptr ? empty : *member;
}

bool ObjectReader::Has(absl::string_view key) {
  const Json* member = Find(key);
  return member != nullptr && !member->empty();
}

absl::Status ObjectReader::Finish() {
  if (json_.is_object()) {
    for (const auto& member : json_.items()) {
      if (known_.find(member.key()) == known_.end()) {
        Refuse(absl::StrCat("unknown field ", absl::CHexEscape(member.key())));
      }
    }
  }
  return status_;
}

}  // namespace berth::cdi
