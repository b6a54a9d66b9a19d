// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/dockerfile_parser.h"

#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/suggestion.h"
#include "imageservice/build/instruction_parsers.h"

namespace berth::imageservice {
namespace {

struct Row {
  absl::string_view keyword;
  InstructionParser* parse;
};

constexpr Row kInstructions[] = {
    {"ADD", ParseAdd},
    {"ARG", ParseArg},
    {"CMD", ParseCmd},
    {"COPY", ParseCopy},
    {"ENTRYPOINT", ParseEntrypoint},
    {"ENV", ParseEnv},
    {"EXPOSE", ParseExpose},
    {"FROM", ParseFrom},
    {"HEALTHCHECK", ParseHealthCheck},
    {"LABEL", ParseLabel},
    {"MAINTAINER", ParseMaintainer},
    {"ONBUILD", ParseOnBuild},
    {"RUN", ParseRun},
    {"SHELL", ParseShell},
    {"STOPSIGNAL", ParseStopSignal},
    {"USER", ParseUser},
    {"VOLUME", ParseVolume},
    {"WORKDIR", ParseWorkdir},
};

absl::Status UnknownInstruction(const std::string& keyword) {
  std::vector<std::string> known;
  for (const Row& row : kInstructions) {
    known.emplace_back(row.keyword);
  }
  const std::string nearest = Nearest(absl::AsciiStrToUpper(keyword), known);
  return absl::InvalidArgumentError(
      absl::StrCat("unknown instruction: ", keyword, DidYouMean(nearest)));
}

absl::StatusOr<Instruction> ParseStatement(const Statement& statement, char escape) {
  const auto row = absl::c_find_if(kInstructions, [&](const Row& each) {
    return absl::EqualsIgnoreCase(each.keyword, statement.keyword);
  });
  Instruction instruction;
  absl::Status parsed = row == std::end(kInstructions) ? UnknownInstruction(statement.keyword)
                                                       : row->parse(statement, escape, instruction);
  if (!parsed.ok()) {
    return ParseError(statement.first_line, parsed.message());
  }
  instruction.text = statement.text;
  instruction.first_line = statement.first_line;
  instruction.last_line = statement.last_line;
  return instruction;
}

// Adds the instruction to the stage it belongs to.
absl::Status Place(Instruction instruction, Dockerfile& file) {
  if (FromInstruction* from = std::get_if<FromInstruction>(&instruction.what); from != nullptr) {
    if (file.stages.size() == kMaxStages) {
      return ParseError(instruction.first_line,
                        absl::StrCat("more than ", kMaxStages, " build stages"));
    }
    file.stages.push_back(
        {std::move(*from), std::move(instruction.text), instruction.first_line, {}});
  } else if (!file.stages.empty()) {
    file.stages.back().instructions.push_back(std::move(instruction));
  } else if (std::holds_alternative<ArgInstruction>(instruction.what)) {
    file.arguments.push_back(std::move(instruction));
  } else {
    return ParseError(instruction.first_line, "no build stage in current context");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Dockerfile> ParseDockerfile(absl::string_view text) {
  ASSIGN_OR_RETURN(DockerfileText read, ReadDockerfile(text));
  Dockerfile file;
  file.escape = read.escape;
  file.warnings = std::move(read.warnings);
  for (const Statement& statement : read.statements) {
    ASSIGN_OR_RETURN(Instruction instruction, ParseStatement(statement, read.escape));
    RETURN_IF_ERROR(Place(std::move(instruction), file));
  }
  if (file.stages.empty()) {
    return absl::InvalidArgumentError("no build stage in current context");
  }
  return file;
}

absl::StatusOr<Instruction> ParseInstruction(absl::string_view text) {
  ASSIGN_OR_RETURN(const DockerfileText read, ReadDockerfile(text));
  if (read.statements.size() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("one instruction was expected, not ", read.statements.size()));
  }
  return ParseStatement(read.statements.front(), read.escape);
}

}  // namespace berth::imageservice
