// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace berth::imageservice {

// What an instruction takes before its arguments.
struct FlagRule {
  enum Kind { kText, kBool, kList } kind;  // a list may be given several times
  absl::string_view name;                  // without the dashes
};

// --name=value as an instruction was given them.
class InstructionFlags {
 public:
  // InvalidArgument, in Docker's words, for a flag that no rule names, one given twice, and a value
  // that is missing or not of its kind.
  static absl::StatusOr<InstructionFlags> Parse(const std::vector<std::string>& given,
                                                absl::Span<const FlagRule> rules);

  // OK when none was given, else what Parse says of the first.
  static absl::Status CheckNone(const std::vector<std::string>& given);

  std::string Text(absl::string_view name) const;          // empty when not given
  std::optional<bool> Bool(absl::string_view name) const;  // nullopt when not given
  std::vector<std::string> List(absl::string_view name) const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

}  // namespace berth::imageservice
