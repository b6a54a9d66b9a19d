// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "cri/config.h"

namespace berth::cri {

// How a key of the file is written.
enum class ConfigUnit {
  kPlain,     // a string, a list of strings, a boolean or an integer
  kSize,      // an integer or a string with a unit of bytes
  kDuration,  // a string with a unit of time
};

struct ConfigKey {
  absl::string_view name;  // "image.platform"
  std::variant<std::string Config::*, int64_t Config::*, bool Config::*, absl::Duration Config::*,
               std::vector<std::string> Config::*>
      field;
  ConfigUnit unit = ConfigUnit::kPlain;
  int64_t minimum = 0;                          // of a number
  std::vector<absl::string_view> choices = {};  // of a string; empty: any
  // Of a string, or of each of a list: the value in its one form, or why it is none. Pure.
  absl::StatusOr<std::string> (*read)(absl::string_view value) = nullptr;
};

// All keys, those of a table together, in the order of deploy/config/berth.toml.
absl::Span<const ConfigKey> ConfigKeys();

}  // namespace berth::cri
