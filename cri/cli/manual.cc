// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/manual.h"

#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

#include "base/version.h"

namespace berth::cli {
namespace {

constexpr char kFiles[] =
    ".SH FILES\n"
    ".TP\n.I /run/berth/berth.sock\nthe daemon's CRI socket\n"
    ".TP\n.I /run/berth/docker.sock\nits Docker Engine API\n"
    ".TP\n.I ~/.docker/config.json\ncredentials for registries\n"
    ".SH ENVIRONMENT\n"
    ".TP\n.B BERTH_HOST\nthe daemon's address, as \\-\\-host\n"
    ".SH EXIT STATUS\n"
    "That of the command, for run and exec; 125 when these failed before it ran and for a wrong "
    "command line, 126 when the command cannot be executed, 127 when it was not found, 1 for "
    "another failure.\n"
    ".SH SEE ALSO\n.BR docker (1),\n.BR crictl (1)\n";

// Lines of text: nothing in them is a macro or an escape.
std::string Text(const std::string& text) {
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  for (std::string& line : lines) {
    line = absl::StrReplaceAll(line, {{"\\", "\\e"}, {"-", "\\-"}});
    if (absl::StartsWith(line, ".") || absl::StartsWith(line, "'")) {
      line.insert(0, "\\&");
    }
  }
  return absl::StrJoin(lines, "\n.br\n");
}

std::string OptionEntry(const Verb::Option& option) {
  std::vector<std::string> spellings = option.spellings;
  if (!option.negation.empty()) {
    spellings.push_back(option.negation);
  }
  const std::string head = spellings.empty() ? option.word : absl::StrJoin(spellings, ", ");
  const std::string type = spellings.empty() ? "" : option.type;
  return absl::StrCat(".TP\n.B ", Text(head), type.empty() ? "" : " ", Text(type), "\n",
                      Text(option.description), "\n");
}

std::string Usage(const Verb& verb, const std::string& name) {
  std::string usage = absl::StrCat(name, " [OPTIONS]");
  for (const Verb::Option& option : verb.options()) {
    if (option.spellings.empty()) {
      const std::string more = option.takes_many ? "..." : "";
      absl::StrAppend(&usage, " ", option.required ? "" : "[", option.word, more,
                      option.required ? "" : "]");
    }
  }
  return verb.words().usage.empty() ? usage : absl::StrCat(usage, " ", verb.words().usage);
}

std::string VerbEntry(const Verb& verb, const std::string& prefix) {
  const std::string name = absl::StrCat(prefix, " ", verb.name());
  std::string entry =
      absl::StrCat(".SS ", Text(Usage(verb, name)), "\n", Text(verb.description()), "\n");
  for (const Verb::Option& option : verb.options()) {
    absl::StrAppend(&entry, OptionEntry(option));
  }
  if (!verb.footer().empty()) {
    absl::StrAppend(&entry, ".PP\n", Text(verb.footer()), "\n");
  }
  for (const std::unique_ptr<Verb>& below : verb.verbs()) {
    absl::StrAppend(&entry, VerbEntry(*below, name));
  }
  return entry;
}

}  // namespace

std::string ManualPage(const Verb& program) {
  std::string page = absl::StrCat(
      ".TH BERTH 1 \"\" \"berth ", kVersion, "\" \"Berth\"\n.SH NAME\n",
      "berth \\- pods, containers and images of the node agent berthd\n.SH SYNOPSIS\n.B berth\n",
      "[\\-H ADDRESS] COMMAND [ARGUMENTS]\n.SH DESCRIPTION\n", Text(program.description()),
      "\n.SH COMMANDS\n");
  for (const std::unique_ptr<Verb>& verb : program.verbs()) {
    absl::StrAppend(&page, VerbEntry(*verb, "berth"));
  }
  return absl::StrCat(page, kFiles);
}

}  // namespace berth::cli
