// SPDX-License-Identifier: Apache-2.0
#include "base/query_escape.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"

namespace berth {

std::string QueryEscape(absl::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ') {
      escaped += '+';
    } else if (absl::ascii_isalnum(byte) || absl::StrContains("-_.~", c)) {
      escaped += c;
    } else {
      absl::StrAppendFormat(&escaped, "%%%02X", byte);
    }
  }
  return escaped;
}

}  // namespace berth
