// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_filters.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/json.h"

namespace berth::cli {

absl::StatusOr<FilterMap> ParseFilters(const std::vector<std::string>& pairs) {
  FilterMap filters;
  for (const std::string& text : pairs) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return absl::InvalidArgumentError(absl::StrCat("--filter ", text, " is no NAME=VALUE"));
    }
    filters[text.substr(0, equals)].push_back(text.substr(equals + 1));
  }
  return filters;
}

std::string FiltersText(const FilterMap& filters) {
  return filters.empty() ? "" : FormatJson(berth::Json(filters));
}

}  // namespace berth::cli
