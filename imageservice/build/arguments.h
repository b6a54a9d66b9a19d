// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "imageservice/build/instruction.h"

// The ways in which an instruction takes its arguments. Pure.
namespace berth::imageservice {

// ["a", "b"], or else a text for the shell; no words for no text. InvalidArgument for a JSON array
// of anything but strings.
absl::StatusOr<CommandLine> ReadCommandLine(absl::string_view text);

// ["a", "b"], or else as SplitBlanks.
absl::StatusOr<std::vector<std::string>> ReadList(absl::string_view text);

// What stands between spaces, quotes and all.
inline constexpr char kBlanks[] = " \t\r\v\f";
std::vector<std::string> SplitBlanks(absl::string_view text);

// InvalidArgument "KEYWORD requires at least one argument" unless there are some.
absl::Status CheckSome(absl::string_view keyword, bool has_some);

// The whole text. InvalidArgument "KEYWORD requires exactly one argument" when there is none.
absl::StatusOr<std::string> NotEmpty(absl::string_view keyword, absl::string_view text);

}  // namespace berth::imageservice
