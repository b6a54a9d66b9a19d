// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/status.h"
#include "imageservice/build/arguments.h"
#include "imageservice/build/instruction_flags.h"
#include "imageservice/build/instruction_parsers.h"

namespace berth::imageservice {
namespace {

// What a configuration, which counts nanoseconds, can say.
constexpr absl::Duration kMaxInterval = absl::Nanoseconds(std::numeric_limits<int64_t>::max());

constexpr FlagRule kHealthCheckFlags[] = {
    {FlagRule::kText, "interval"},     {FlagRule::kText, "timeout"},
    {FlagRule::kText, "start-period"}, {FlagRule::kText, "start-interval"},
    {FlagRule::kText, "retries"},
};

// `key=value key=value`, or the old `key the rest is the value`.
absl::StatusOr<std::vector<KeyValue>> ReadPairs(absl::string_view keyword,
                                                const Statement& statement, char escape) {
  RETURN_IF_ERROR(InstructionFlags::CheckNone(statement.flags));
  const std::vector<std::string> words = SplitQuotedWords(statement.arguments, escape);
  RETURN_IF_ERROR(CheckSome(keyword, !words.empty()));
  if (!absl::StrContains(words.front(), "=")) {
    const std::pair<std::string, absl::string_view> parts =
        absl::StrSplit(statement.arguments, absl::MaxSplits(absl::ByAnyChar(kBlanks), 1));
    if (words.size() < 2) {
      return absl::InvalidArgumentError(absl::StrCat(keyword, " must have two arguments"));
    }
    return std::vector<KeyValue>{
        {parts.first, std::string(absl::StripLeadingAsciiWhitespace(parts.second))}};
  }
  std::vector<KeyValue> pairs;
  for (const std::string& word : words) {
    if (!absl::StrContains(word, "=")) {
      return absl::InvalidArgumentError(absl::StrCat("Syntax error - can't find = in \"", word,
                                                     "\". Must be of the form: name=value"));
    }
    const std::pair<std::string, std::string> parts = absl::StrSplit(word, absl::MaxSplits('=', 1));
    if (parts.first.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(keyword, " names can not be blank"));
    }
    pairs.push_back({parts.first, parts.second});
  }
  return pairs;
}

// Zero when it is not given.
absl::Status ReadInterval(const InstructionFlags& flags, absl::string_view name,
                          absl::Duration& interval) {
  const std::string text = flags.Text(name);
  if (text.empty()) {
    return absl::OkStatus();
  }
  if (!absl::ParseDuration(text, &interval) || absl::AbsDuration(interval) > kMaxInterval) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", name, ": invalid duration \"", text, "\""));
  }
  if (interval != absl::ZeroDuration() && interval < absl::Milliseconds(1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("Interval \"", name, "\" cannot be less than 1ms"));
  }
  return absl::OkStatus();
}

absl::Status ReadRetries(const InstructionFlags& flags, int& retries) {
  const std::string text = flags.Text("retries");
  if (!text.empty() && !absl::SimpleAtoi(text, &retries)) {
    return absl::InvalidArgumentError(absl::StrCat("--retries: \"", text, "\" is no number"));
  }
  return retries < 0 ? absl::InvalidArgumentError(
                           absl::StrCat("--retries cannot be negative (", retries, ")"))
                     : absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> ReadTest(absl::string_view type, absl::string_view rest) {
  if (!absl::EqualsIgnoreCase(type, "CMD")) {
    return absl::InvalidArgumentError(absl::StrCat("Unknown type \"", absl::AsciiStrToUpper(type),
                                                   "\" in HEALTHCHECK (try CMD)"));
  }
  ASSIGN_OR_RETURN(const CommandLine command, ReadCommandLine(rest));
  if (command.words.empty()) {
    return absl::InvalidArgumentError("Missing command after HEALTHCHECK CMD");
  }
  std::vector<std::string> test = {command.shell ? "CMD-SHELL" : "CMD"};
  absl::c_copy(command.words, std::back_inserter(test));
  return test;
}

}  // namespace

absl::Status ParseEnv(const Statement& statement, char escape, Instruction& instruction) {
  ASSIGN_OR_RETURN(std::vector<KeyValue> pairs, ReadPairs("ENV", statement, escape));
  instruction.what = EnvInstruction{std::move(pairs)};
  return absl::OkStatus();
}

absl::Status ParseLabel(const Statement& statement, char escape, Instruction& instruction) {
  ASSIGN_OR_RETURN(std::vector<KeyValue> pairs, ReadPairs("LABEL", statement, escape));
  instruction.what = LabelInstruction{std::move(pairs)};
  return absl::OkStatus();
}

absl::Status ParseMaintainer(const Statement& statement, char /*escape*/,
                             Instruction& instruction) {
  RETURN_IF_ERROR(InstructionFlags::CheckNone(statement.flags));
  ASSIGN_OR_RETURN(std::string name, NotEmpty("MAINTAINER", statement.arguments));
  instruction.what = MaintainerInstruction{std::move(name)};
  return absl::OkStatus();
}

absl::Status ParseCmd(const Statement& statement, char /*escape*/, Instruction& instruction) {
  RETURN_IF_ERROR(InstructionFlags::CheckNone(statement.flags));
  ASSIGN_OR_RETURN(CommandLine command, ReadCommandLine(statement.arguments));
  instruction.what = CmdInstruction{std::move(command)};
  return absl::OkStatus();
}

absl::Status ParseEntrypoint(const Statement& statement, char /*escape*/,
                             Instruction& instruction) {
  RETURN_IF_ERROR(InstructionFlags::CheckNone(statement.flags));
  ASSIGN_OR_RETURN(CommandLine command, ReadCommandLine(statement.arguments));
  instruction.what = EntrypointInstruction{std::move(command)};
  return absl::OkStatus();
}

absl::Status ParseExpose(const Statement& statement, char /*escape*/, Instruction& instruction) {
  RETURN_IF_ERROR(InstructionFlags::CheckNone(statement.flags));
  std::vector<std::string> ports = SplitBlanks(statement.arguments);
  RETURN_IF_ERROR(CheckSome("EXPOSE", !ports.empty()));
  absl::c_sort(ports);
  instruction.what = ExposeInstruction{std::move(ports)};
  return absl::OkStatus();
}

absl::Status ParseUser(const Statement& statement, char /*escape*/, Instruction& instruction) {
  RETURN_IF_ERROR(InstructionFlags::CheckNone(statement.flags));
  ASSIGN_OR_RETURN(std::string user, NotEmpty("USER", statement.arguments));
  instruction.what = UserInstruction{std::move(user)};
  return absl::OkStatus();
}

absl::Status ParseStopSignal(const Statement& statement, char /*escape*/,
                             Instruction& instruction) {
  RETURN_IF_ERROR(InstructionFlags::CheckNone(statement.flags));
  ASSIGN_OR_RETURN(std::string signal, NotEmpty("STOPSIGNAL", statement.arguments));
  instruction.what = StopSignalInstruction{std::move(signal)};
  return absl::OkStatus();
}

absl::Status ParseVolume(const Statement& statement, char /*escape*/, Instruction& instruction) {
  RETURN_IF_ERROR(InstructionFlags::CheckNone(statement.flags));
  ASSIGN_OR_RETURN(std::vector<std::string> paths, ReadList(statement.arguments));
  RETURN_IF_ERROR(CheckSome("VOLUME", !paths.empty()));
  for (std::string& path : paths) {
    absl::StripAsciiWhitespace(&path);
    if (path.empty()) {
      return absl::InvalidArgumentError("VOLUME specified can not be an empty string");
    }
  }
  instruction.what = VolumeInstruction{std::move(paths)};
  return absl::OkStatus();
}

absl::Status ParseHealthCheck(const Statement& statement, char /*escape*/,
                              Instruction& instruction) {
  absl::string_view rest = statement.arguments;
  const size_t end = std::min(rest.find_first_of(" \t"), rest.size());
  const absl::string_view type = rest.substr(0, end);
  rest = absl::StripLeadingAsciiWhitespace(rest.substr(end));
  RETURN_IF_ERROR(CheckSome("HEALTHCHECK", !type.empty()));
  HealthCheckInstruction check;
  if (absl::EqualsIgnoreCase(type, "NONE")) {
    if (!rest.empty()) {
      return absl::InvalidArgumentError("HEALTHCHECK NONE takes no arguments");
    }
    check.test = {"NONE"};
  } else {
    ASSIGN_OR_RETURN(const InstructionFlags flags,
                     InstructionFlags::Parse(statement.flags, kHealthCheckFlags));
    ASSIGN_OR_RETURN(check.test, ReadTest(type, rest));
    RETURN_IF_ERROR(ReadInterval(flags, "interval", check.interval));
    RETURN_IF_ERROR(ReadInterval(flags, "timeout", check.timeout));
    RETURN_IF_ERROR(ReadInterval(flags, "start-period", check.start_period));
    RETURN_IF_ERROR(ReadInterval(flags, "start-interval", check.start_interval));
    RETURN_IF_ERROR(ReadRetries(flags, check.retries));
  }
  instruction.what = std::move(check);
  return absl::OkStatus();
}

}  // namespace berth::imageservice
