// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include "base/json.h"

namespace berth {

// As JSON's writer does it.
std::string ValidUtf8(absl::string_view text) {
  const Json valid =
      Json::parse(FormatJson(std::string(text)), nullptr, /*allow_exceptions=*/false);
  return valid.is_string() ? valid.get<std::string>() : std::string();
}

}  // namespace berth
