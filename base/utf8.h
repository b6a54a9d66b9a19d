// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace berth {

// The text with what is not UTF-8 in it replaced by U+FFFD. For what others have written: a message
// of protobuf with other bytes in a string is refused by who gets it. Pure.
std::string ValidUtf8(absl::string_view text);

}  // namespace berth
