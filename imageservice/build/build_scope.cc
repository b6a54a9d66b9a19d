// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/build_scope.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/status.h"

namespace berth::imageservice {
namespace {

constexpr absl::string_view kProxies[] = {"ALL_PROXY", "FTP_PROXY", "HTTP_PROXY", "HTTPS_PROXY",
                                          "NO_PROXY"};

std::optional<std::string> FindIn(const VariableMap& variables, absl::string_view name) {
  const auto found = variables.find(name);
  return found == variables.end() ? std::nullopt : std::optional(found->second);
}

void AddPlatform(absl::string_view prefix, absl::string_view platform, VariableMap& variables) {
  const std::vector<std::string> parts = absl::StrSplit(platform, '/');
  variables[absl::StrCat(prefix, "PLATFORM")] = std::string(platform);
  variables[absl::StrCat(prefix, "OS")] = parts[0];
  variables[absl::StrCat(prefix, "ARCH")] = parts.size() > 1 ? parts[1] : "";
  variables[absl::StrCat(prefix, "VARIANT")] = parts.size() > 2 ? parts[2] : "";
}

void AddNames(const ArgInstruction& arg, std::set<std::string>& names) {
  for (const ArgInstruction::Declaration& each : arg.declarations) {
    names.insert(each.name);
  }
}

}  // namespace

bool IsPredefinedArgument(absl::string_view name) {
  return absl::c_any_of(kProxies, [name](absl::string_view each) {
    return name == each || name == absl::AsciiStrToLower(each);
  });
}

VariableMap PlatformArguments(absl::string_view target, absl::string_view build,
                              absl::string_view stage) {
  VariableMap variables;
  AddPlatform("TARGET", target, variables);
  AddPlatform("BUILD", build, variables);
  variables["TARGETSTAGE"] = stage.empty() ? "default" : std::string(stage);
  return variables;
}

absl::StatusOr<GlobalScope> GlobalScope::New(const Dockerfile& file, VariableMap given,
                                             VariableMap platform) {
  GlobalScope scope;
  scope.given_ = std::move(given);
  scope.platform_ = std::move(platform);
  ExpansionBudget budget;
  for (const Instruction& instruction : file.arguments) {
    for (const auto& each : std::get<ArgInstruction>(instruction.what).declarations) {
      std::optional<std::string> value = FindIn(scope.given_, each.name);
      if (!value.has_value() && each.value.has_value()) {
        absl::StatusOr<std::string> expanded = budget.Take(ExpandWord(
            *each.value, file.escape, [&](absl::string_view name) { return scope.Find(name); }));
        if (!expanded.ok()) {
          return ParseError(instruction.first_line, expanded.status().message());
        }
        value = *std::move(expanded);
      }
      if (value.has_value()) {
        scope.declared_[each.name] = *std::move(value);
      }
    }
  }
  return scope;
}

std::optional<std::string> GlobalScope::Find(absl::string_view name) const {
  std::optional<std::string> value = FindIn(declared_, name);
  return value.has_value() ? value : FindIn(platform_, name);
}

absl::Status StageScope::Declare(const ArgInstruction& arg, char escape, const ImageDraft& image) {
  for (const ArgInstruction::Declaration& each : arg.declarations) {
    std::optional<std::string> value = FindIn(global_->given(), each.name);
    if (!value.has_value() && each.value.has_value()) {
      ASSIGN_OR_RETURN(value,
                       budget_.Take(ExpandWord(*each.value, escape, [&](absl::string_view name) {
                         return Find(name, image);
                       })));
    } else if (!value.has_value()) {
      value = global_->Find(each.name);
    }
    values_[each.name] = std::move(value);
  }
  return absl::OkStatus();
}

std::optional<std::string> StageScope::Find(absl::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : found->second;
}

std::optional<std::string> StageScope::Find(absl::string_view name, const ImageDraft& image) const {
  std::optional<std::string> value = image.Variable(name);
  return value.has_value() ? value : Find(name);
}

std::vector<std::string> StageScope::ForRun(const ImageDraft& image) const {
  std::vector<std::string> result;
  for (const auto& [name, value] : values_) {
    if (value.has_value() && !image.Variable(name).has_value()) {
      result.push_back(absl::StrCat(name, "=", *value));
    }
  }
  return result;
}

std::vector<std::string> StageScope::ProxiesForRun(const ImageDraft& image) const {
  std::vector<std::string> result;
  for (const auto& [name, value] : global_->given()) {
    if (IsPredefinedArgument(name) && values_.count(name) == 0 &&
        !image.Variable(name).has_value()) {
      result.push_back(absl::StrCat(name, "=", value));
    }
  }
  return result;
}

std::vector<std::string> UnusedArguments(const Dockerfile& file, const VariableMap& given) {
  std::set<std::string> declared;
  for (const Instruction& instruction : file.arguments) {
    AddNames(std::get<ArgInstruction>(instruction.what), declared);
  }
  for (const Stage& stage : file.stages) {
    for (const Instruction& instruction : stage.instructions) {
      if (const auto* arg = std::get_if<ArgInstruction>(&instruction.what); arg != nullptr) {
        AddNames(*arg, declared);
      }
    }
  }
  std::vector<std::string> unused;
  for (const auto& [name, value] : given) {
    if (declared.count(name) == 0 && !IsPredefinedArgument(name) && name != "SOURCE_DATE_EPOCH") {
      unused.push_back(name);
    }
  }
  return unused;
}

}  // namespace berth::imageservice
