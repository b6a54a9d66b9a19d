// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace berth {

// As a name or value in a URL's query, "a b/c" being "a+b%2Fc": all but letters, digits and "-_.~"
// (RFC 3986, section 2.3) is escaped, as Go's url.QueryEscape does it. Pure.
std::string QueryEscape(absl::string_view text);

}  // namespace berth
