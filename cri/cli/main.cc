// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/version.h"
#include "cri/cli/commands.h"
#include "cri/cli/output.h"
#include "cri/cli/suggestion.h"

namespace berth::cli {
namespace {

constexpr char kDescription[] =
    "berth: pods, containers and images of the node agent berthd\n"
    "Containers and pods are named by name, by pod/container, or by the beginning of an id.";

void Declare(CLI::App& root, Session& session, Chosen& chosen) {
  root.require_subcommand(0, 1);
  root.set_version_flag("-v,--version", std::string("berth ") + kVersion);
  root.add_option("-H,--host", session.address, "the daemon's socket")
      ->envname("BERTH_HOST")
      ->type_name("ADDRESS")
      ->capture_default_str();
  for (AddCommand* add : kCommands) {
    add(root, chosen);
  }
}

std::string UnknownVerb(const CLI::App& root, const std::string& word) {
  std::vector<std::string> known;
  for (const CLI::App* verb : root.get_subcommands({})) {
    known.push_back(verb->get_name());
  }
  const std::string nearest = Nearest(word, known);
  return absl::StrCat("unknown command \"", word, "\"",
                      nearest.empty() ? "" : absl::StrCat("; did you mean ", nearest, "?"),
                      "\n  `berth --help` lists all");
}

int UsageError(const CLI::App& root, const CLI::ParseError& error) {
  const std::vector<CLI::App*> verbs = root.get_subcommands();
  const std::vector<std::string> rest = root.remaining();
  if (verbs.empty() && !rest.empty() && !absl::StartsWith(rest.front(), "-")) {
    PrintError(absl::InvalidArgumentError(UnknownVerb(root, rest.front())));
    return kExitOwnFailure;
  }
  const std::vector<std::string> extra = verbs.empty() ? rest : verbs.front()->remaining();
  const std::string problem =
      error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError) && !extra.empty()
          ? absl::StrCat(absl::StartsWith(extra.front(), "-") ? "unknown option " : "unexpected ",
                         extra.front())
          : error.what();
  const std::string verb = verbs.empty() ? "" : " " + verbs.front()->get_name();
  PrintError(absl::InvalidArgumentError(
      absl::StrCat(problem, "\n  `berth", verb, " --help` shows how it is used")));
  return kExitOwnFailure;
}

int Main(int argc, char** argv) {
  CLI::App root(kDescription, "berth");
  Session session;
  Chosen chosen;
  Declare(root, session, chosen);
  try {
    root.parse(argc, argv);
  } catch (const CLI::Success& success) {  // help or version
    return root.exit(success);
  } catch (const CLI::ParseError& error) {
    return UsageError(root, error);
  }
  if (chosen.run == nullptr) {
    Print(root.help());
    return 0;
  }
  const absl::StatusOr<int> code = chosen.run(session);
  if (!code.ok()) {
    PrintError(code.status());
    return chosen.failure_code;
  }
  return *code;
}

}  // namespace
}  // namespace berth::cli

int main(int argc, char** argv) {
  return berth::cli::Main(argc, argv);
}
