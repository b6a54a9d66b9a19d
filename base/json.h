// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "nlohmann/json.hpp"

// JSON from outside, with limits, typed look-ups and a text; nothing throws.
namespace berth {

using Json = nlohmann::json;

inline constexpr size_t kMaxJsonDepth = 64;
inline constexpr size_t kMaxJsonValues = 100'000;  // a value of two bytes takes a hundred as a tree

// InvalidArgument when the text is larger than `max_bytes`, deeper than kMaxJsonDepth, has more
// than `max_values` values, is not JSON, or has bytes after its value. Duplicate keys: the last one
// counts, as in Go.
absl::StatusOr<Json> ParseJson(absl::string_view text, size_t max_bytes,
                               size_t max_values = kMaxJsonValues);

// On one line. What is not UTF-8 in it is replaced.
std::string FormatJson(const Json& json);

// The member `key` of an object when it has that type; nullopt when it is absent, null or of
// another type. `json` may be anything.
std::optional<std::string> JsonString(const Json& json, absl::string_view key);
std::optional<int64_t> JsonInteger(const Json& json, absl::string_view key);

// The member when it is an object or array of that kind; a shared empty value otherwise. The
// reference lives as long as `json`.
const Json& JsonObject(const Json& json, absl::string_view key);
const Json& JsonArray(const Json& json, absl::string_view key);

}  // namespace berth
