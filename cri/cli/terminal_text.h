// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

// Words that come from elsewhere, as a terminal may have them. Pure.
namespace berth::cli {

// One line without colours and other sequences of ESC. What else would be acted upon instead of
// shown is '?', a tab or an end of line a space; what is not UTF-8 is U+FFFD.
std::string OneLine(absl::string_view text);

// Of any number of lines: what would be acted upon is '?', but for ends of lines and tabs.
std::string Printable(absl::string_view text);

// The columns that text of OneLine takes.
size_t ColumnsOf(absl::string_view text);

// Its beginning, in whole characters, that takes at most so many.
std::string CutTo(absl::string_view text, size_t columns);

}  // namespace berth::cli
