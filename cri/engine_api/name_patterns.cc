// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/name_patterns.h"

#include <algorithm>

namespace berth::cri {
namespace {

constexpr int64_t kMaxExpressionMemory = 1 << 20;  // bytes, of each

}  // namespace

NamePatterns::NamePatterns(const Filters& filters, absl::string_view filter)
    : values_(filters.Values(filter)) {
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(kMaxExpressionMemory);
  for (const std::string& value : values_) {
    expressions_.emplace_back(value, options);
  }
}

bool NamePatterns::Take(const std::string& name) const {
  return values_.empty() || std::find(values_.begin(), values_.end(), name) != values_.end() ||
         std::any_of(expressions_.begin(), expressions_.end(), [&](const re2::RE2& expression) {
           return expression.ok() && re2::RE2::PartialMatch(name, expression);
         });
}

}  // namespace berth::cri
