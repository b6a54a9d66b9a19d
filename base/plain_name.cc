// SPDX-License-Identifier: Apache-2.0
#include "base/plain_name.h"

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"

namespace berth {

bool IsPlainName(absl::string_view text) {
  return !text.empty() && absl::ascii_isalnum(static_cast<unsigned char>(text[0])) &&
         absl::c_all_of(text, [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' ||
                  c == '-';
         });
}

}  // namespace berth
