// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/instruction_flags.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/status.h"
#include "base/suggestion.h"

namespace berth::imageservice {
namespace {

absl::Status UnknownFlag(absl::string_view name, absl::Span<const FlagRule> rules) {
  std::vector<std::string> known;
  for (const FlagRule& rule : rules) {
    known.emplace_back(rule.name);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("unknown flag: --", name, DidYouMean(Nearest(name, known))));
}

// A flag without '=' is a bool that is true.
absl::StatusOr<std::string> ReadBool(absl::string_view name, bool has_value,
                                     absl::string_view value) {
  const std::string lower = has_value ? absl::AsciiStrToLower(value) : "true";
  if (lower.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("missing a value on flag: --", name));
  }
  if (lower != "true" && lower != "false") {
    return absl::InvalidArgumentError(
        absl::StrCat("expecting boolean value for flag --", name, ", not: ", value));
  }
  return lower;
}

}  // namespace

absl::StatusOr<InstructionFlags> InstructionFlags::Parse(const std::vector<std::string>& given,
                                                         absl::Span<const FlagRule> rules) {
  InstructionFlags flags;
  for (const std::string& flag : given) {
    const bool has_value = absl::StrContains(flag, "=");
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(absl::StripPrefix(flag, "--"), absl::MaxSplits('=', 1));
    const absl::string_view name = parts.first;
    const auto rule =
        absl::c_find_if(rules, [&](const FlagRule& each) { return each.name == name; });
    if (rule == rules.end()) {
      return UnknownFlag(name, rules);
    }
    std::string value(parts.second);
    if (rule->kind == FlagRule::kBool) {
      ASSIGN_OR_RETURN(value, ReadBool(name, has_value, value));
    } else if (!has_value) {
      return absl::InvalidArgumentError(absl::StrCat("missing a value on flag: --", name));
    }
    std::vector<std::string>& values = flags.values_[std::string(name)];
    if (!values.empty() && rule->kind != FlagRule::kList) {
      return absl::InvalidArgumentError(absl::StrCat("duplicate flag specified: --", name));
    }
    values.push_back(std::move(value));
  }
  return flags;
}

absl::Status InstructionFlags::CheckNone(const std::vector<std::string>& given) {
  return Parse(given, {}).status();
}

std::string InstructionFlags::Text(absl::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? "" : found->second.front();
}

std::optional<bool> InstructionFlags::Bool(absl::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second.front() == "true");
}

std::vector<std::string> InstructionFlags::List(absl::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

}  // namespace berth::imageservice
