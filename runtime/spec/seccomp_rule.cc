// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/seccomp_rule.h"

#include <string.h>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/status.h"
#include "runtime/spec/seccomp_json.h"

namespace berth::runtime {
namespace {

constexpr size_t kMaxComparisons = 64;  // in one rule
constexpr uint64_t kLastArgument = 5;   // counted from 0
constexpr uint64_t kMaxErrno = 4095;    // the kernel's MAX_ERRNO

absl::StatusOr<SeccompComparison> ParseComparison(absl::string_view name) {
  constexpr std::pair<absl::string_view, SeccompComparison> kComparisons[] = {
      {"SCMP_CMP_NE", SeccompComparison::kNotEqual},
      {"SCMP_CMP_LT", SeccompComparison::kLess},
      {"SCMP_CMP_LE", SeccompComparison::kLessOrEqual},
      {"SCMP_CMP_EQ", SeccompComparison::kEqual},
      {"SCMP_CMP_GE", SeccompComparison::kGreaterOrEqual},
      {"SCMP_CMP_GT", SeccompComparison::kGreater},
      {"SCMP_CMP_MASKED_EQ", SeccompComparison::kMaskedEqual},
  };
  for (const auto& [known, comparison] : kComparisons) {
    if (known == name) {
      return comparison;
    }
  }
  return InvalidSeccomp(absl::StrCat("unknown op \"", absl::CHexEscape(name), "\""));
}

absl::StatusOr<uint32_t> ParseErrnoName(const std::string& name) {
  constexpr int kLastNamed = 133;
  for (int number = 1; number <= kLastNamed; ++number) {
    const char* known = strerrorname_np(number);
    if (known != nullptr && name == known) {
      return static_cast<uint32_t>(number);
    }
  }
  return InvalidSeccomp(absl::StrCat("unknown errno \"", absl::CHexEscape(name), "\""));
}

absl::StatusOr<SeccompArgument> ParseArgument(const Json& json) {
  SeccompArgument argument;
  ASSIGN_OR_RETURN(const std::optional<uint64_t> index, SeccompUnsigned(json, "index"));
  ASSIGN_OR_RETURN(const std::optional<uint64_t> value, SeccompUnsigned(json, "value"));
  ASSIGN_OR_RETURN(const std::optional<uint64_t> value_two, SeccompUnsigned(json, "valueTwo"));
  ASSIGN_OR_RETURN(const std::string op, SeccompString(json, "op"));
  ASSIGN_OR_RETURN(argument.comparison, ParseComparison(op));
  if (index.value_or(0) > kLastArgument) {
    return InvalidSeccomp(absl::StrCat("a system call has no argument ", *index));
  }
  argument.index = static_cast<uint32_t>(index.value_or(0));
  argument.value = value.value_or(0);
  argument.value_two = value_two.value_or(0);
  return argument;
}

absl::StatusOr<std::vector<SeccompArgument>> ParseArguments(const Json& rule) {
  ASSIGN_OR_RETURN(const Json* array, SeccompArray(rule, "args"));
  if (array->size() > kMaxComparisons) {
    return InvalidSeccomp(absl::StrCat("a rule has more than ", kMaxComparisons, " args"));
  }
  std::vector<SeccompArgument> arguments;
  for (const Json& json : *array) {
    if (!json.is_object()) {
      return InvalidSeccomp("args are not objects");
    }
    ASSIGN_OR_RETURN(SeccompArgument argument, ParseArgument(json));
    arguments.push_back(argument);
  }
  return arguments;
}

absl::StatusOr<std::pair<uint32_t, uint32_t>> ParseKernel(const std::string& text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '.');
  uint32_t major = 0;
  uint32_t minor = 0;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &major) ||
      !absl::SimpleAtoi(parts[1], &minor)) {
    return InvalidSeccomp(
        absl::StrCat("minKernel \"", absl::CHexEscape(text), "\" is not like 4.8"));
  }
  return std::pair(major, minor);
}

absl::StatusOr<SeccompCondition> ParseCondition(const Json& rule, absl::string_view key) {
  ASSIGN_OR_RETURN(const Json* json, SeccompObject(rule, key));
  SeccompCondition condition;
  ASSIGN_OR_RETURN(condition.capabilities, SeccompStrings(*json, "caps"));
  ASSIGN_OR_RETURN(condition.architectures, SeccompStrings(*json, "arches"));
  ASSIGN_OR_RETURN(const std::string kernel, SeccompString(*json, "minKernel"));
  if (!kernel.empty()) {
    ASSIGN_OR_RETURN(condition.min_kernel, ParseKernel(kernel));
  }
  return condition;
}

}  // namespace

absl::StatusOr<SeccompAction> ParseSeccompAction(absl::string_view name) {
  constexpr std::pair<absl::string_view, SeccompAction> kActions[] = {
      {"SCMP_ACT_ALLOW", SeccompAction::kAllow},
      {"SCMP_ACT_LOG", SeccompAction::kLog},
      {"SCMP_ACT_ERRNO", SeccompAction::kErrno},
      {"SCMP_ACT_TRACE", SeccompAction::kTrace},
      {"SCMP_ACT_TRAP", SeccompAction::kTrap},
      {"SCMP_ACT_KILL", SeccompAction::kKillThread},
      {"SCMP_ACT_KILL_THREAD", SeccompAction::kKillThread},
      {"SCMP_ACT_KILL_PROCESS", SeccompAction::kKillProcess},
  };
  for (const auto& [known, action] : kActions) {
    if (known == name) {
      return action;
    }
  }
  if (name == "SCMP_ACT_NOTIFY") {
    return InvalidSeccomp("SCMP_ACT_NOTIFY is not supported: nobody would answer");
  }
  return InvalidSeccomp(absl::StrCat("unknown action \"", absl::CHexEscape(name), "\""));
}

absl::StatusOr<uint32_t> ParseSeccompErrno(const Json& json, absl::string_view number_key,
                                           absl::string_view name_key) {
  ASSIGN_OR_RETURN(const std::optional<uint64_t> number, SeccompUnsigned(json, number_key));
  ASSIGN_OR_RETURN(const std::string name, SeccompString(json, name_key));
  if (number.has_value()) {
    if (*number > kMaxErrno) {
      return InvalidSeccomp(absl::StrCat(number_key, " ", *number, " is no errno"));
    }
    return static_cast<uint32_t>(*number);
  }
  return name.empty() ? absl::StatusOr<uint32_t>(EPERM) : ParseErrnoName(name);
}

absl::StatusOr<SeccompRule> ParseSeccompRule(const Json& json) {
  if (!json.is_object()) {
    return InvalidSeccomp("syscalls are not objects");
  }
  SeccompRule rule;
  ASSIGN_OR_RETURN(rule.names, SeccompStrings(json, "names"));
  ASSIGN_OR_RETURN(std::string old_name, SeccompString(json, "name"));
  if (!old_name.empty()) {
    if (!rule.names.empty()) {
      return InvalidSeccomp("a rule has both name and names");
    }
    rule.names.push_back(std::move(old_name));
  }
  ASSIGN_OR_RETURN(const std::string action, SeccompString(json, "action"));
  ASSIGN_OR_RETURN(rule.action, ParseSeccompAction(action));
  ASSIGN_OR_RETURN(rule.value, ParseSeccompErrno(json, "errnoRet", "errno"));
  ASSIGN_OR_RETURN(rule.arguments, ParseArguments(json));
  ASSIGN_OR_RETURN(rule.includes, ParseCondition(json, "includes"));
  ASSIGN_OR_RETURN(rule.excludes, ParseCondition(json, "excludes"));
  return rule;
}

}  // namespace berth::runtime
