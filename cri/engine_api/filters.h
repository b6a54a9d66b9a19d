// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace berth::cri {

// The query parameter `filters`: {"label": ["a=b"]}, or {"label": {"a=b": true}} as older clients
// write it. Immutable.
class Filters {
 public:
  Filters() = default;

  // InvalidArgument "invalid filter …" for what is no such object, and for a name outside `known`.
  static absl::StatusOr<Filters> Parse(absl::string_view text,
                                       absl::Span<const absl::string_view> known);

  bool Has(absl::string_view name) const { return values_.find(name) != values_.end(); }
  // Empty when there is none.
  const std::vector<std::string>& Values(absl::string_view name) const;

  // True when there is no such filter or one of its values is this.
  bool Takes(absl::string_view name, absl::string_view value) const;
  // True when all labels that the filter `label` demands, "a" or "a=b", are there, and none of
  // those that the filter `label!` names.
  bool TakesLabels(const std::map<std::string, std::string>& labels) const;
  // The one boolean of a filter ("dangling"); `fallback` when there is none. InvalidArgument when
  // it is no boolean.
  absl::StatusOr<bool> Bool(absl::string_view name, bool fallback) const;
  // The moment of the filter `until`, as ParseMoment reads it; InfiniteFuture when there is none.
  absl::StatusOr<absl::Time> Until(absl::Time now) const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

}  // namespace berth::cri
