// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace berth::imageservice {

// One demand of a WWW-Authenticate header: Bearer realm="https://…",service="…",scope="…".
struct Challenge {
  std::string scheme;                             // in lower case: basic, bearer
  std::map<std::string, std::string> parameters;  // names in lower case; the first of a name counts

  // Empty when there is no such parameter.
  std::string parameter(absl::string_view name) const;
};

// All challenges of one header line, which may hold several (RFC 9110, 11.6.1). Reading stops at
// the first thing that is not in the grammar; what came before it counts.
std::vector<Challenge> ParseChallenges(absl::string_view header);

}  // namespace berth::imageservice
