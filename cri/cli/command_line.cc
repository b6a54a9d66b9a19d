// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/command_line.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/suggestion.h"
#include "base/version.h"
#include "cri/cli/command_list.h"

namespace berth::cli {
namespace {

constexpr char kDescription[] =
    "berth: pods, containers and images of the node agent berthd\n"
    "Containers and pods are named by name, by pod/container, or by the beginning of an id.";
constexpr char kFooter[] = "`berth COMMAND --help` or `berth help COMMAND` say more of one.";

void Declare(CLI::App& root, Session& session, Chosen& chosen) {
  root.require_subcommand(0, 1);
  root.get_formatter()->label("SUBCOMMAND", "COMMAND");
  root.footer(kFooter);
  root.set_version_flag("-v,--version", std::string("berth ") + kVersion);
  root.add_option("-H,--host", session.address, "the daemon's socket")
      ->envname("BERTH_HOST")
      ->type_name("ADDRESS")
      ->capture_default_str();
  for (AddCommand* add : Commands()) {
    add(root, chosen);
  }
  for (CLI::App* verb : root.get_subcommands({})) {
    verb->group("Commands");
  }
}

// What docker has and we do not yet: a hint at something else would only mislead.
constexpr const char* kMissingVerbs[] = {"create", "events", "network",
                                         "search", "update", "volume"};
constexpr const char* kMissingOptions[] = {
    "--add-host", "--device",   "--init",        "--ipc",     "--mount",
    "--pid",      "--platform", "--publish-all", "--restart", "--security-opt",
    "--shm-size", "--sysctl",   "--tmpfs",       "--ulimit"};

template <size_t n>
bool IsIn(const char* const (&list)[n], absl::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

std::string UnknownVerb(const CLI::App& root, const std::string& word) {
  if (IsIn(kMissingVerbs, word)) {
    return absl::StrCat(word, " is not there yet\n  `berth --help` lists what is");
  }
  std::vector<std::string> known;
  for (const CLI::App* verb : root.get_subcommands({})) {
    known.push_back(verb->get_name());
  }
  return absl::StrCat("unknown command \"", word, "\"", DidYouMean(Nearest(word, known)),
                      "\n  `berth --help` lists all");
}

std::string UnknownOption(const CLI::App& verb, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  if (IsIn(kMissingOptions, name)) {
    return absl::StrCat(name, " is not there yet");
  }
  std::vector<std::string> known;
  for (const CLI::Option* option : verb.get_options()) {
    for (const std::string& long_name : option->get_lnames()) {
      known.push_back(absl::StrCat("--", long_name));
    }
  }
  const std::string nearest = absl::StartsWith(word, "--") ? Nearest(name, known) : "";
  return absl::StrCat("unknown option ", word, DidYouMean(nearest));
}

// CLI11's words where they are for people, ours where they are not.
std::string ProblemIn(const CLI::App& verb, const CLI::ParseError& error) {
  const std::vector<std::string> extra = verb.remaining();
  const int code = error.get_exit_code();
  if (code == static_cast<int>(CLI::ExitCodes::ExtrasError) && !extra.empty()) {
    return absl::StartsWith(extra.front(), "-") ? UnknownOption(verb, extra.front())
                                                : absl::StrCat("unexpected ", extra.front());
  }
  const std::string text = error.what();
  if (code == static_cast<int>(CLI::ExitCodes::ArgumentMismatch) &&
      absl::EndsWith(text, "missing")) {
    return absl::StrCat(text.substr(0, text.find(':')), " needs a value");
  }
  return text;
}

std::string UsageProblem(const CLI::App& root, const CLI::ParseError& error) {
  const std::vector<CLI::App*> verbs = root.get_subcommands();
  const std::vector<std::string> rest = root.remaining();
  if (verbs.empty() && !rest.empty() && !absl::StartsWith(rest.front(), "-")) {
    return UnknownVerb(root, rest.front());
  }
  const std::string verb = verbs.empty() ? "" : " " + verbs.front()->get_name();
  return absl::StrCat(ProblemIn(verbs.empty() ? root : *verbs.front(), error), "\n  `berth", verb,
                      " --help` shows how it is used");
}

bool IsVerb(const CLI::App& root, const std::string& word) {
  return !root.get_subcommands([&](const CLI::App* verb) { return verb->get_name() == word; })
              .empty();
}

}  // namespace

absl::StatusOr<std::string> ParseCommandLine(std::vector<std::string> words, Session& session,
                                             Chosen& chosen) {
  CLI::App root(kDescription, "berth");
  Declare(root, session, chosen);
  if (!words.empty() && words.front() == "help") {
    if (words.size() > 1 && !IsVerb(root, words[1])) {
      return absl::InvalidArgumentError(UnknownVerb(root, words[1]));
    }
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  std::reverse(words.begin(), words.end());  // as CLI11 takes them
  try {
    root.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    return root.help();
  } catch (const CLI::CallForVersion& version) {
    return absl::StrCat(version.what(), "\n");
  } catch (const CLI::ParseError& error) {
    return absl::InvalidArgumentError(UsageProblem(root, error));
  }
  return chosen.run == nullptr ? root.help() : "";
}

}  // namespace berth::cli
