// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "cri/engine_api/filters.h"
#include "re2/re2.h"

namespace berth::cri {

// The values of a filter that means names as Docker does: each is a whole name, or a regular
// expression (of Go, whose syntax is RE2's) that fits a part of one. What is no expression fits
// nothing. Immutable.
class NamePatterns {
 public:
  NamePatterns(const Filters& filters, absl::string_view filter);

  // True when there is no such filter or one of its values means the name.
  bool Take(const std::string& name) const;

 private:
  const std::vector<std::string> values_;
  std::list<re2::RE2> expressions_;  // which cannot be moved
};

}  // namespace berth::cri
