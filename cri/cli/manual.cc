// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/manual.h"

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

std::string OptionEntry(const CLI::Option& option) {
  std::vector<std::string> spellings;
  for (const std::string& name : option.get_snames()) {
    spellings.push_back(absl::StrCat("-", name));
  }
  for (const std::string& name : option.get_lnames()) {
    spellings.push_back(absl::StrCat("--", name));
  }
  const std::string type = option.get_items_expected_max() == 0 ? "" : option.get_type_name();
  const std::string head = spellings.empty() ? option.get_name() : absl::StrJoin(spellings, ", ");
  return absl::StrCat(".TP\n.B ", Text(head), type.empty() ? "" : " ", Text(type), "\n",
                      Text(option.get_description()), "\n");
}

std::string Usage(const CLI::App& verb, const std::string& name) {
  std::string usage = name;
  if (!verb.get_options([](const CLI::Option* each) { return !each->get_positional(); }).empty()) {
    absl::StrAppend(&usage, " [OPTIONS]");
  }
  for (const CLI::Option* option : verb.get_options()) {
    if (option->get_positional()) {
      const std::string more = option->get_items_expected_max() > 1 ? "..." : "";
      absl::StrAppend(&usage, " ", option->get_required() ? "" : "[", option->get_name(), more,
                      option->get_required() ? "" : "]");
    }
  }
  return usage;
}

std::string VerbEntry(const CLI::App& verb, const std::string& prefix) {
  const std::string name = absl::StrCat(prefix, " ", verb.get_name());
  std::string entry =
      absl::StrCat(".SS ", Text(Usage(verb, name)), "\n", Text(verb.get_description()), "\n");
  for (const CLI::Option* option : verb.get_options()) {
    if (option->get_name() != "--help") {
      absl::StrAppend(&entry, OptionEntry(*option));
    }
  }
  if (!verb.get_footer().empty()) {
    absl::StrAppend(&entry, ".PP\n", Text(verb.get_footer()), "\n");
  }
  for (const CLI::App* each : verb.get_subcommands({})) {
    absl::StrAppend(&entry, VerbEntry(*each, name));
  }
  return entry;
}

}  // namespace

std::string ManualPage(const CLI::App& root) {
  std::string page = absl::StrCat(
      ".TH BERTH 1 \"\" \"berth ", kVersion, "\" \"Berth\"\n.SH NAME\n",
      "berth \\- pods, containers and images of the node agent berthd\n.SH SYNOPSIS\n.B berth\n",
      "[\\-H ADDRESS] COMMAND [ARGUMENTS]\n.SH DESCRIPTION\n", Text(root.get_description()),
      "\n.SH COMMANDS\n");
  for (const CLI::App* verb : root.get_subcommands({})) {
    absl::StrAppend(&page, VerbEntry(*verb, "berth"));
  }
  return absl::StrCat(page, kFiles);
}

}  // namespace berth::cli
