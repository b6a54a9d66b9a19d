// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/filters.h"

#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "base/json.h"
#include "base/status.h"
#include "base/time_text.h"

namespace berth::cri {
namespace {

constexpr size_t kMaxFilters = 64 << 10;  // bytes

absl::Status Invalid(absl::string_view name) {
  return absl::InvalidArgumentError(absl::StrCat("invalid filter '", name, "'"));
}

// Both forms.
absl::StatusOr<std::vector<std::string>> ReadValues(absl::string_view name, const Json& json) {
  std::vector<std::string> values;
  if (json.is_object()) {
    for (const auto& [value, counts] : json.items()) {
      if (counts.is_boolean() && counts.get<bool>()) {
        values.push_back(value);
      }
    }
    return values;
  }
  if (!json.is_array()) {
    return Invalid(name);
  }
  for (const Json& value : json) {
    if (!value.is_string()) {
      return Invalid(name);
    }
    values.push_back(value.get<std::string>());
  }
  return values;
}

// "a" or "a=b".
bool HasLabel(const std::map<std::string, std::string>& labels, const std::string& wanted) {
  const std::pair<std::string, std::string> pair = absl::StrSplit(wanted, absl::MaxSplits('=', 1));
  const auto found = labels.find(pair.first);
  return found != labels.end() &&
         (wanted.size() == pair.first.size() || found->second == pair.second);
}

}  // namespace

absl::StatusOr<Filters> Filters::Parse(absl::string_view text,
                                       absl::Span<const absl::string_view> known) {
  Filters filters;
  if (text.empty()) {
    return filters;
  }
  const absl::StatusOr<Json> json = ParseJson(text, kMaxFilters);
  if (!json.ok() || !json->is_object()) {
    return absl::InvalidArgumentError("invalid filters: not a JSON object of lists");
  }
  for (const auto& [name, values] : json->items()) {
    if (!absl::c_linear_search(known, name)) {
      return Invalid(name);
    }
    ASSIGN_OR_RETURN(filters.values_[name], ReadValues(name, values));
  }
  return filters;
}

const std::vector<std::string>& Filters::Values(absl::string_view name) const {
  static const auto& none = *new std::vector<std::string>;
  const auto found = values_.find(name);
  return found == values_.end() ? none : found->second;
}

bool Filters::Takes(absl::string_view name, absl::string_view value) const {
  return !Has(name) || absl::c_linear_search(Values(name), value);
}

bool Filters::TakesLabels(const std::map<std::string, std::string>& labels) const {
  const auto has = [&](const std::string& wanted) { return HasLabel(labels, wanted); };
  return absl::c_all_of(Values("label"), has) && absl::c_none_of(Values("label!"), has);
}

absl::StatusOr<bool> Filters::Bool(absl::string_view name, bool fallback) const {
  if (!Has(name)) {
    return fallback;
  }
  bool value = false;
  const std::vector<std::string>& values = Values(name);
  if (values.size() != 1 || !absl::SimpleAtob(values[0], &value)) {
    return Invalid(absl::StrCat(name, "=[", absl::StrJoin(values, " "), "]"));
  }
  return value;
}

absl::StatusOr<absl::Time> Filters::Until(absl::Time now) const {
  absl::Time until = absl::InfiniteFuture();
  for (const std::string& text : Values("until")) {
    ASSIGN_OR_RETURN(const std::optional<absl::Time> moment, ParseMoment(text, now));
    until = moment.value_or(until);
  }
  return until;
}

}  // namespace berth::cri
