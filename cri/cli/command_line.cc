// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/command_line.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "CLI/CLI.hpp"
#include "base/suggestion.h"
#include "base/version.h"
#include "cri/cli/command_list.h"
#include "cri/cli/not_there.h"
#include "cri/cli/short_options.h"

// The one file that knows CLI11, which is slow to compile and throws.
namespace berth::cli {
namespace {

constexpr char kDescription[] =
    "berth: pods, containers and images of the node agent berthd\n"
    "Containers and pods are named by name, by pod/container, or by the beginning of an id.";
constexpr char kFooter[] = "`berth COMMAND --help` or `berth help COMMAND` say more of one.";

// Knows of the words that CLI11 leaves to the verb.
class UsageFormatter : public CLI::Formatter {
 public:
  explicit UsageFormatter(std::string words) : words_(std::move(words)) {
    label("SUBCOMMAND", "COMMAND");
  }

  std::string make_usage(const CLI::App* app, std::string name) const override {
    return words_.empty() ? CLI::Formatter::make_usage(app, std::move(name))
                          : absl::StrCat("Usage: ", name, " [OPTIONS] ", words_, "\n");
  }

 private:
  std::string words_;
};

void DeclareFlag(CLI::App& app, const Verb::Option& option) {
  std::vector<std::string> names = option.spellings;
  if (!option.negation.empty()) {
    names.push_back("!" + option.negation);
  }
  app.add_flag(absl::StrJoin(names, ","), *option.flag, option.description);
}

// As errors name it: the first long spelling, else the last.
std::string NameOf(const Verb::Option& option) {
  if (option.spellings.empty()) {
    return option.word;
  }
  const auto found =
      std::find_if(option.spellings.begin(), option.spellings.end() - 1,
                   [](const std::string& each) { return absl::StartsWith(each, "--"); });
  return *found;
}

void DeclareUsual(CLI::App& app, const Verb::Option& option) {
  const auto check = [name = NameOf(option)](int64_t count) {
    if (count <= 0) {
      throw CLI::ValidationError(name, "there is nothing but that");
    }
  };
  app.add_flag_function(absl::StrJoin(option.spellings, ","), check, option.description);
}

void DeclareOption(CLI::App& app, const Verb::Option& option) {
  if (option.flag != nullptr) {
    return DeclareFlag(app, option);
  }
  if (option.is_usual) {
    return DeclareUsual(app, option);
  }
  const bool is_word = option.spellings.empty();
  const auto set = [&option](const CLI::results_t& values) {
    if (const std::string problem = option.set(values); !problem.empty()) {
      throw CLI::ValidationError(NameOf(option), problem);
    }
    return true;
  };
  CLI::Option& declared = *app.add_option(
      is_word ? option.word : absl::StrJoin(option.spellings, ","), set, option.description);
  declared.type_name(is_word ? "" : option.type)->required(option.required);
  if (!option.default_text.empty()) {
    declared.default_str(option.default_text);
  }
  if (!option.environment.empty()) {
    declared.envname(option.environment);
  }
  if (option.takes_many) {
    declared.expected(CLI::detail::expected_max_vector_size)->allow_extra_args(is_word);
  } else if (!is_word) {
    declared.multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
}

bool HasSpelling(const Verb& verb, const std::string& spelling) {
  const auto has = [&](const Verb::Option& option) {
    return std::find(option.spellings.begin(), option.spellings.end(), spelling) !=
           option.spellings.end();
  };
  return std::any_of(verb.options().begin(), verb.options().end(), has);
}

void Declare(CLI::App& app, const Verb& verb) {
  constexpr char kHelp[] = "Print this help message and exit";
  app.set_help_flag(HasSpelling(verb, "-h") ? "--help" : "-h,--help", kHelp);
  app.formatter(std::make_shared<UsageFormatter>(verb.words().usage));
  app.footer(verb.footer());
  app.prefix_command(verb.words().all != nullptr);
  for (const Verb::Option& option : verb.options()) {
    DeclareOption(app, option);
  }
  for (const std::unique_ptr<Verb>& below : verb.verbs()) {
    CLI::App& declared = *app.add_subcommand(below->name(), below->description());
    Declare(declared, *below);
    declared.group("Commands");
  }
  if (!verb.verbs().empty()) {
    app.require_subcommand(&verb == &verb.program() ? 0 : 1, 1);
  }
}

// "berth network" of the verb network.
std::string PathOf(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name()
                                     : absl::StrCat(PathOf(*app.get_parent()), " ", app.get_name());
}

std::string UnknownVerb(const CLI::App& app, const std::string& word) {
  if (const std::string reason = WhyNoVerb(PathOf(app), word); !reason.empty()) {
    return absl::StrCat(word, " is not there: ", reason, "\n  `", PathOf(app),
                        " --help` lists what is");
  }
  std::vector<std::string> known;
  for (const CLI::App* verb : app.get_subcommands({})) {
    known.push_back(verb->get_name());
  }
  return absl::StrCat("unknown command \"", word, "\"", DidYouMean(Nearest(word, known)), "\n  `",
                      PathOf(app), " --help` lists all");
}

std::string UnknownOption(const CLI::App& app, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  if (const std::string reason = WhyNoOption(PathOf(app), name); !reason.empty()) {
    return absl::StrCat(name, " is not there: ", reason);
  }
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& long_name : option->get_lnames()) {
      known.push_back(absl::StrCat("--", long_name));
    }
  }
  const std::string nearest = absl::StartsWith(word, "--") ? Nearest(name, known) : "";
  return absl::StrCat("unknown option ", word, DidYouMean(nearest));
}

// CLI11's words where they are for people, ours where they are not.
std::string ProblemIn(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> extra = app.remaining();
  const int code = error.get_exit_code();
  if (code == static_cast<int>(CLI::ExitCodes::ExtrasError) && !extra.empty()) {
    return absl::StartsWith(extra.front(), "-") ? UnknownOption(app, extra.front())
                                                : absl::StrCat("unexpected ", extra.front());
  }
  const std::string text = error.what();
  if (code == static_cast<int>(CLI::ExitCodes::ArgumentMismatch) &&
      absl::EndsWith(text, "missing")) {
    return absl::StrCat(text.substr(0, text.find(':')), " needs a value");
  }
  return text;
}

// The innermost verb that the words have named; `app` itself when there is none.
const CLI::App& ChosenApp(const CLI::App& app) {
  const std::vector<CLI::App*> verbs = app.get_subcommands();
  return verbs.empty() ? app : ChosenApp(*verbs.front());
}

const Verb& ChosenVerb(const Verb& verb, const CLI::App& app) {
  const std::vector<CLI::App*> verbs = app.get_subcommands();
  return verbs.empty() ? verb : ChosenVerb(*verb.Find(verbs.front()->get_name()), *verbs.front());
}

std::string WithUsage(const CLI::App& app, const std::string& problem) {
  return absl::StrCat(problem, "\n  `", PathOf(app), " --help` shows how it is used");
}

// What is unknown below a group of verbs is left to the program.
std::string UsageProblem(const CLI::App& root, const CLI::ParseError& error) {
  const CLI::App& app = ChosenApp(root);
  const std::vector<std::string> rest = app.remaining(true);
  if (!app.get_subcommands({}).empty() && !rest.empty() && !absl::StartsWith(rest.front(), "-")) {
    return UnknownVerb(app, rest.front());
  }
  if (&app != &root && !app.get_subcommands({}).empty() && rest.empty()) {
    return WithUsage(app, "a command is missing");
  }
  return WithUsage(app, ProblemIn(app, error));
}

// Gives a verb the words behind its options; what is wrong with them, or nothing.
std::string TakeWords(const Verb& verb, const CLI::App& app) {
  std::vector<std::string> words = app.remaining();
  if (!words.empty() && words.front() == "--") {
    words.erase(words.begin());
  } else if (!words.empty() && absl::StartsWith(words.front(), "-")) {
    return UnknownOption(app, words.front());
  }
  const std::vector<std::string>& needed = verb.words().needed;
  if (words.size() < needed.size()) {
    return absl::StrCat(needed[words.size()], " is required");
  }
  *verb.words().all = std::move(words);
  return "";
}

// `help X` is `X --help`.
absl::Status TakeHelp(const CLI::App& root, const Verb& program, std::vector<std::string>& words) {
  if (words.empty() || words.front() != "help") {
    return absl::OkStatus();
  }
  if (words.size() > 1 && program.Find(words[1]) == nullptr) {
    return absl::InvalidArgumentError(UnknownVerb(root, words[1]));
  }
  words.erase(words.begin());
  words.emplace_back("--help");
  return absl::OkStatus();
}

}  // namespace

void DeclareProgram(Verb& program, Session& session) {
  program.set_description(kDescription);
  program.set_footer(kFooter);
  program.Add("-H,--host", session.address, "the daemon's socket",
              {.type = "ADDRESS", .shows_default = true, .environment = "BERTH_HOST"});
  AddVerbs(program, Verbs());
}

absl::StatusOr<std::string> ParseCommandLine(const Verb& program, std::vector<std::string> words,
                                             Chosen& chosen) {
  CLI::App root(program.description(), program.name());
  Declare(root, program);
  root.set_version_flag("-v,--version", std::string("berth ") + kVersion);
  if (absl::Status status = TakeHelp(root, program, words); !status.ok()) {
    return status;
  }
  words = SplitShortOptions(program, std::move(words));
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
  const Verb& verb = ChosenVerb(program, root);
  if (verb.words().all != nullptr) {
    const CLI::App& app = ChosenApp(root);
    if (const std::string problem = TakeWords(verb, app); !problem.empty()) {
      return absl::InvalidArgumentError(WithUsage(app, problem));
    }
  }
  chosen = {verb.action(), verb.failure_code()};
  return chosen.run == nullptr ? root.help() : "";
}

}  // namespace berth::cli
