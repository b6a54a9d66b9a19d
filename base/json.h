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

// InvalidArgument for more than `max_bytes`, more values than a 40th of that (or 10,000), a depth
// over kMaxJsonDepth, what is not JSON, or goes on after it. Duplicate keys: the last one counts.
absl::StatusOr<Json> ParseJson(absl::string_view text, size_t max_bytes);

// On one line. What is not UTF-8 in it is replaced.
std::string FormatJson(const Json& json);

// The member `key` of an object when it has that type; nullopt when it is absent, null or of
// another type. `json` may be anything.
std::optional<std::string> JsonString(const Json& json, absl::string_view key);
std::optional<int64_t> JsonInteger(const Json& json, absl::string_view key);
// Whether it is `true`.
bool JsonFlag(const Json& json, absl::string_view key);

// The member when it is an object or array of that kind; a shared empty value otherwise. The
// reference lives as long as `json`.
const Json& JsonObject(const Json& json, absl::string_view key);
const Json& JsonArray(const Json& json, absl::string_view key);

}  // namespace berth
