// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace berth::cli {

using FilterMap = std::map<std::string, std::vector<std::string>>;

// Each "NAME=VALUE" of --filter. InvalidArgument for what is none. Pure.
absl::StatusOr<FilterMap> ParseFilters(const std::vector<std::string>& pairs);

// As the Engine API takes them: {"name":["value"]}; empty when there are none. Pure.
std::string FiltersText(const FilterMap& filters);

}  // namespace berth::cli
