// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/status.h"
#include "imageservice/build/arguments.h"
#include "imageservice/build/instruction_flags.h"
#include "imageservice/build/instruction_parsers.h"

namespace berth::imageservice {
namespace {

constexpr FlagRule kFromFlags[] = {{FlagRule::kText, "platform"}};

bool IsStageName(absl::string_view name) {  // [a-z][a-z0-9-_.]*
  return !name.empty() && absl::ascii_islower(static_cast<unsigned char>(name[0])) &&
         absl::c_all_of(name, [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return absl::ascii_islower(byte) || absl::ascii_isdigit(byte) || c == '-' || c == '_' ||
                  c == '.';
         });
}

}  // namespace

absl::Status ParseFrom(const Statement& statement, char /*escape*/, Instruction& instruction) {
  ASSIGN_OR_RETURN(const InstructionFlags flags,
                   InstructionFlags::Parse(statement.flags, kFromFlags));
  ASSIGN_OR_RETURN(std::vector<std::string> words, ReadList(statement.arguments));
  FromInstruction from;
  from.platform = flags.Text("platform");
  if (words.size() == 3 && absl::EqualsIgnoreCase(words[1], "as")) {
    from.name = absl::AsciiStrToLower(words[2]);
    if (!IsStageName(from.name)) {
      return absl::InvalidArgumentError(
          absl::StrCat("invalid name for build stage: \"", words[2],
                       "\", name can't start with a number or contain symbols"));
    }
  } else if (words.size() != 1) {
    return absl::InvalidArgumentError("FROM requires either one or three arguments");
  }
  from.base = std::move(words[0]);
  instruction.what = std::move(from);
  return absl::OkStatus();
}

absl::Status ParseArg(const Statement& statement, char escape, Instruction& instruction) {
  RETURN_IF_ERROR(InstructionFlags::CheckNone(statement.flags));
  ArgInstruction arg;
  const std::vector<std::string> words = SplitQuotedWords(statement.arguments, escape);
  RETURN_IF_ERROR(CheckSome("ARG", !words.empty()));
  for (const std::string& word : words) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(word, absl::MaxSplits('=', 1));
    if (parts.first.empty()) {
      return absl::InvalidArgumentError("ARG names can not be blank");
    }
    arg.declarations.push_back(
        {parts.first, absl::StrContains(word, "=") ? std::optional(parts.second) : std::nullopt});
  }
  instruction.what = std::move(arg);
  return absl::OkStatus();
}

absl::Status ParseOnBuild(const Statement& statement, char escape, Instruction& instruction) {
  RETURN_IF_ERROR(InstructionFlags::CheckNone(statement.flags));
  RETURN_IF_ERROR(CheckSome("ONBUILD", !statement.arguments.empty()));
  const std::string keyword = absl::AsciiStrToUpper(ReadTrigger(statement, escape).keyword);
  if (keyword == "ONBUILD") {
    return absl::InvalidArgumentError("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  }
  if (keyword == "MAINTAINER" || keyword == "FROM") {
    return absl::InvalidArgumentError(
        absl::StrCat(keyword, " isn't allowed as an ONBUILD trigger"));
  }
  OnBuildInstruction onbuild{statement.arguments};
  for (const Heredoc& heredoc : statement.heredocs) {
    absl::StrAppend(&onbuild.trigger, "\n", heredoc.content, heredoc.name);
  }
  instruction.what = std::move(onbuild);
  return absl::OkStatus();
}

absl::Status ParseShell(const Statement& statement, char /*escape*/, Instruction& instruction) {
  RETURN_IF_ERROR(InstructionFlags::CheckNone(statement.flags));
  ASSIGN_OR_RETURN(CommandLine command, ReadCommandLine(statement.arguments));
  RETURN_IF_ERROR(CheckSome("SHELL", !command.words.empty()));
  if (command.shell) {
    return absl::InvalidArgumentError("SHELL requires the arguments to be in JSON form");
  }
  instruction.what = ShellInstruction{std::move(command.words)};
  return absl::OkStatus();
}

}  // namespace berth::imageservice
