// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"

#include "base/status.h"
#include "imageservice/build/arguments.h"
#include "imageservice/build/instruction_flags.h"
#include "imageservice/build/instruction_parsers.h"
#include "imageservice/build/run_mount.h"

namespace berth::imageservice {
namespace {

constexpr FlagRule kCopyFlags[] = {
    {FlagRule::kText, "from"}, {FlagRule::kText, "chown"},   {FlagRule::kText, "chmod"},
    {FlagRule::kBool, "link"}, {FlagRule::kBool, "parents"}, {FlagRule::kList, "exclude"},
};
constexpr FlagRule kAddFlags[] = {
    {FlagRule::kText, "chown"},   {FlagRule::kText, "chmod"},    {FlagRule::kBool, "link"},
    {FlagRule::kList, "exclude"}, {FlagRule::kText, "checksum"}, {FlagRule::kBool, "keep-git-dir"},
    {FlagRule::kBool, "unpack"},
};
constexpr FlagRule kRunFlags[] = {
    {FlagRule::kList, "mount"},
    {FlagRule::kText, "network"},
    {FlagRule::kText, "security"},
};

// Sorts what is copied into paths and files that stand in the Dockerfile.
absl::Status ReadSources(absl::string_view keyword, const Statement& statement,
                         CopyInstruction& copy) {
  ASSIGN_OR_RETURN(std::vector<std::string> words, ReadList(statement.arguments));
  if (words.size() < 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        keyword,
        " requires at least two arguments, but only one was provided. Destination could not be "
        "determined"));
  }
  copy.destination = std::move(words.back());
  words.pop_back();
  if (!ReadHeredocWord(copy.destination).name.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(keyword, " cannot accept a heredoc as a destination"));
  }
  // The heredocs are in the order of the words that announce them.
  size_t next = 0;
  for (std::string& word : words) {
    if (next < statement.heredocs.size() &&
        ReadHeredocWord(word).name == statement.heredocs[next].name) {
      copy.files.push_back(statement.heredocs[next++]);
    } else {
      copy.sources.push_back(std::move(word));
    }
  }
  return absl::OkStatus();
}

// COPY or ADD: what only the other takes, its rules refuse.
absl::Status ReadCopy(absl::string_view keyword, absl::Span<const FlagRule> rules,
                      const Statement& statement, CopyInstruction& copy) {
  ASSIGN_OR_RETURN(const InstructionFlags flags, InstructionFlags::Parse(statement.flags, rules));
  copy.chown = flags.Text("chown");
  copy.chmod = flags.Text("chmod");
  copy.link = flags.Bool("link").value_or(false);
  copy.excludes = flags.List("exclude");
  copy.from = flags.Text("from");
  copy.parents = flags.Bool("parents").value_or(false);
  copy.checksum = flags.Text("checksum");
  copy.keep_git_directory = flags.Bool("keep-git-dir");
  copy.unpack = flags.Bool("unpack");
  return ReadSources(keyword, statement, copy);
}

std::string ValueOr(const InstructionFlags& flags, absl::string_view name,
                    absl::string_view fallback) {
  const std::string value = flags.Text(name);
  return value.empty() ? std::string(fallback) : value;
}

absl::Status CheckModes(const RunInstruction& run) {
  if (run.network != "default" && run.network != "none" && run.network != "host") {
    return absl::InvalidArgumentError(absl::StrCat("invalid network mode \"", run.network, "\""));
  }
  if (run.security != "sandbox" && run.security != "insecure") {
    return absl::InvalidArgumentError(absl::StrCat("security \"", run.security, "\" is not valid"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ParseCopy(const Statement& statement, char /*escape*/, Instruction& instruction) {
  return ReadCopy("COPY", kCopyFlags, statement, instruction.what.emplace<CopyInstruction>());
}

absl::Status ParseAdd(const Statement& statement, char /*escape*/, Instruction& instruction) {
  CopyInstruction& add = instruction.what.emplace<CopyInstruction>();
  add.is_add = true;
  return ReadCopy("ADD", kAddFlags, statement, add);
}

absl::Status ParseRun(const Statement& statement, char /*escape*/, Instruction& instruction) {
  ASSIGN_OR_RETURN(const InstructionFlags flags,
                   InstructionFlags::Parse(statement.flags, kRunFlags));
  RunInstruction run;
  run.mounts = flags.List("mount");
  for (const std::string& mount : run.mounts) {
    RETURN_IF_ERROR(CheckRunMount(mount));
  }
  run.network = ValueOr(flags, "network", run.network);
  run.security = ValueOr(flags, "security", run.security);
  RETURN_IF_ERROR(CheckModes(run));
  ASSIGN_OR_RETURN(run.command, ReadCommandLine(statement.arguments));
  RETURN_IF_ERROR(CheckSome("RUN", !run.command.words.empty()));
  run.heredocs = statement.heredocs;
  instruction.what = std::move(run);
  return absl::OkStatus();
}

absl::Status ParseWorkdir(const Statement& statement, char /*escape*/, Instruction& instruction) {
  RETURN_IF_ERROR(InstructionFlags::CheckNone(statement.flags));
  WorkdirInstruction workdir;
  ASSIGN_OR_RETURN(workdir.path, NotEmpty("WORKDIR", statement.arguments));
  instruction.what = std::move(workdir);
  return absl::OkStatus();
}

}  // namespace berth::imageservice
