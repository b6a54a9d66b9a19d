// SPDX-License-Identifier: Apache-2.0
#include "runtime/cdi/yaml_document.h"

#include <yaml.h>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/status.h"

namespace berth::cdi {
namespace {

constexpr char kStringTag[] = "tag:yaml.org,2002:str";

template <typename Bytes>
absl::string_view Text(const Bytes* bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&event_); }

  yaml_event_t* get() { return &event_; }
  const yaml_event_t* operator->() const { return &event_; }

 private:
  yaml_event_t event_ = {};
};

class Parser {
 public:
  explicit Parser(absl::string_view text) {
    ok_ = yaml_parser_initialize(&parser_) == 1;
    if (ok_) {
      yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                   text.size());
      yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    }
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser() {
    if (ok_) {
      yaml_parser_delete(&parser_);
    }
  }

  absl::Status Next(Event& event) {
    if (!ok_) {
      return absl::ResourceExhaustedError("no memory for YAML");
    }
    if (yaml_parser_parse(&parser_, event.get()) == 0) {
      const char* problem = parser_.problem != nullptr ? parser_.problem : "not valid YAML";
      return absl::InvalidArgumentError(
          absl::StrCat("line ", parser_.problem_mark.line + 1, ": ", problem));
    }
    return absl::OkStatus();
  }

 private:
  bool ok_ = false;
  yaml_parser_t parser_;
};

std::optional<int64_t> ToInteger(absl::string_view text) {
  constexpr int kDecimal = 10, kHexadecimal = 16, kOctal = 8;
  int base = kDecimal;
  absl::string_view digits = text;
  if (absl::ConsumePrefix(&digits, "0x")) {
    base = kHexadecimal;
  } else if (absl::ConsumePrefix(&digits, "0o") ||
             (digits.size() > 1 && absl::ConsumePrefix(&digits, "0"))) {
    base = kOctal;
  } else {
    absl::ConsumePrefix(&digits, "+");
  }
  if (base != kDecimal && absl::StartsWith(digits, "-")) {
    return std::nullopt;
  }
  int64_t value = 0;
  const char* end = digits.data() + digits.size();
  const std::from_chars_result read = std::from_chars(digits.data(), end, value, base);
  return read.ec == std::errc() && read.ptr == end ? std::optional<int64_t>(value) : std::nullopt;
}

// What is written without quotes.
Json PlainValue(absl::string_view text) {
  constexpr absl::string_view kNull[] = {"", "~", "null", "Null", "NULL"};
  constexpr absl::string_view kTrue[] = {"true", "True", "TRUE"};
  constexpr absl::string_view kFalse[] = {"false", "False", "FALSE"};
  if (absl::c_linear_search(kNull, text)) {
    return nullptr;
  }
  if (const bool is_true = absl::c_linear_search(kTrue, text);
      is_true || absl::c_linear_search(kFalse, text)) {
    return is_true;
  }
  if (const std::optional<int64_t> integer = ToInteger(text); integer.has_value()) {
    return *integer;
  }
  return std::string(text);
}

// Builds the tree from the events. `open_` are the collections that have not ended yet, with the
// key of each value that is to come.
class Builder {
 public:
  absl::Status Take(const Event& event) {
    switch (event->type) {
      case YAML_DOCUMENT_START_EVENT:
        return ++documents_ > 1 ? Problem(event, "a second document") : absl::OkStatus();
      case YAML_ALIAS_EVENT:
        return Problem(event, "an alias, which is not supported");
      case YAML_SCALAR_EVENT:
        return TakeScalar(event);
      case YAML_MAPPING_START_EVENT:
        return Open(event, Json::object(), event->data.mapping_start.tag);
      case YAML_SEQUENCE_START_EVENT:
        return Open(event, Json::array(), event->data.sequence_start.tag);
      case YAML_MAPPING_END_EVENT:
      case YAML_SEQUENCE_END_EVENT:
        return Close(event);
      default:
        return absl::OkStatus();
    }
  }

  Json TakeResult() { return std::move(result_); }

 private:
  struct Collection {
    Json value;
    std::optional<std::string> key = {};
  };

  static absl::Status Problem(const Event& event, absl::string_view problem) {
    return absl::InvalidArgumentError(
        absl::StrCat("line ", event->start_mark.line + 1, ": ", problem));
  }

  static bool HasTag(const yaml_char_t* tag, absl::string_view expected) {
    return tag != nullptr && Text(tag, strlen(reinterpret_cast<const char*>(tag))) == expected;
  }

  absl::Status TakeScalar(const Event& event) {
    const auto& scalar = event->data.scalar;
    const absl::string_view text = Text(scalar.value, scalar.length);
    const bool is_string = HasTag(scalar.tag, kStringTag);
    if (scalar.tag != nullptr && !is_string) {
      return Problem(event, "a tag that is not supported");
    }
    if (!open_.empty() && open_.back().value.is_object() && !open_.back().key.has_value()) {
      return TakeKey(event, text);
    }
    const bool plain = scalar.style == YAML_PLAIN_SCALAR_STYLE && !is_string;
    return Put(plain ? PlainValue(text) : Json(std::string(text)));
  }

  absl::Status TakeKey(const Event& event, absl::string_view key) {
    Collection& collection = open_.back();
    if (collection.value.contains(std::string(key))) {
      return Problem(event, absl::StrCat("the key ", absl::CHexEscape(key), " is there twice"));
    }
    collection.key = std::string(key);
    return absl::OkStatus();
  }

  absl::Status Open(const Event& event, Json empty, const yaml_char_t* tag) {
    if (tag != nullptr) {
      return Problem(event, "a tag that is not supported");
    }
    if (open_.size() >= kMaxJsonDepth) {
      return Problem(event, absl::StrCat("nested deeper than ", kMaxJsonDepth));
    }
    if (!open_.empty() && open_.back().value.is_object() && !open_.back().key.has_value()) {
      return Problem(event, "a key that is no text");
    }
    open_.push_back({std::move(empty)});
    return absl::OkStatus();
  }

  absl::Status Close(const Event& event) {
    if (open_.empty()) {
      return Problem(event, "an end without a beginning");
    }
    Json value = std::move(open_.back().value);
    open_.pop_back();
    return Put(std::move(value));
  }

  absl::Status Put(Json value) {
    if (open_.empty()) {
      result_ = std::move(value);
    } else if (Collection& collection = open_.back(); collection.value.is_array()) {
      collection.value.push_back(std::move(value));
    } else {
      collection.value[*std::exchange(collection.key, std::nullopt)] = std::move(value);
    }
    return absl::OkStatus();
  }

  int documents_ = 0;
  std::vector<Collection> open_;
  Json result_;
};

}  // namespace

absl::StatusOr<Json> ParseYaml(absl::string_view text, size_t max_bytes) {
  if (text.size() > max_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("YAML of ", text.size(), " bytes is over the limit of ", max_bytes));
  }
  if (text.empty()) {
    return Json();  // libyaml does not take it where it has no address
  }
  Parser parser(text);
  Builder builder;
  for (;;) {
    Event event;
    RETURN_IF_ERROR(parser.Next(event));
    if (event->type == YAML_STREAM_END_EVENT) {
      return builder.TakeResult();
    }
    RETURN_IF_ERROR(builder.Take(event));
  }
}

}  // namespace berth::cdi
