// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/shell_completion.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace berth::cli {
namespace {

// What a verb's words are names of, by its usage.
constexpr char kScript[] = R"sh(# Completion of `berth`, as `berth completion` prints it.
_berth_names() {
  case $1 in
    containers) berth ps -a --no-trunc --format '{{.Names}}' 2>/dev/null ;;
    images) berth images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null | grep -v '<none>' ;;
  esac
}

_berth_verb() {
  case $1 in
@VERBS@  esac
}

# bash splits words at colons, which image names have.
_berth_after_colon() {
  [[ $1 == *:* && $COMP_WORDBREAKS == *:* ]] || return 0
  local colon=${1%"${1##*:}"} i
  for i in "${!COMPREPLY[@]}"; do
    COMPREPLY[i]=${COMPREPLY[i]#"$colon"}
  done
}

_berth() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} verb= i
  local options= names= values= IFS=$' \t\n'
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      -H|--host) ((i++)) ;;
      -*) ;;
      *) verb=${COMP_WORDS[i]}; break ;;
    esac
  done
  if [[ -z $verb ]]; then
    COMPREPLY=($(compgen -W "@ROOT@" -- "$current"))
    return
  fi
  _berth_verb "$verb"
  if [[ $values == *" $previous="* ]]; then
    values=${values#*" $previous="}
    COMPREPLY=($(compgen -W "$(tr '|' ' ' <<<"${values%% *}")" -- "$current"))
  elif [[ $current == -* || -z $names ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$(_berth_names $names)" -- "$current"))
    _berth_after_colon "$current"
  fi
}

complete -o default -F _berth berth
)sh";

std::string NamesOf(const Verb& verb) {
  constexpr const char* kOfImages[] = {"run", "build",   "rmi",  "push",
                                       "tag", "history", "save", "restore"};
  constexpr const char* kOfContainers[] = {"exec", "attach", "logs",    "stats",      "stop",
                                           "rm",   "pause",  "unpause", "commit",     "export",
                                           "cp",   "diff",   "inspect", "checkpoint", "snapshot"};
  const auto is = [&](const char* name) { return verb.name() == name; };
  if (std::any_of(std::begin(kOfImages), std::end(kOfImages), is)) {
    return "images";
  }
  return std::any_of(std::begin(kOfContainers), std::end(kOfContainers), is) ? "containers" : "";
}

std::vector<std::string> Spellings(const Verb::Option& option) {
  std::vector<std::string> all = option.spellings;
  if (!option.negation.empty()) {
    all.push_back(option.negation);
  }
  return all;
}

std::string VerbCase(const Verb& verb) {
  std::vector<std::string> options;
  std::string values;
  for (const Verb::Option& option : verb.options()) {
    for (const std::string& spelling : Spellings(option)) {
      options.push_back(spelling);
      if (absl::StrContains(option.type, '|')) {  // one of these
        absl::StrAppend(&values, " ", spelling, "=", option.type);
      }
    }
  }
  options.push_back("--help");
  for (const std::unique_ptr<Verb>& below : verb.verbs()) {
    options.push_back(below->name());
  }
  return absl::StrCat("    ", verb.name(), ") options='", absl::StrJoin(options, " "), "' names='",
                      NamesOf(verb), "' values='", values, " ' ;;\n");
}

std::string Replaced(std::string text, const std::string& mark, const std::string& by) {
  return text.replace(text.find(mark), mark.size(), by);
}

}  // namespace

std::string BashCompletion(const Verb& program) {
  std::string verbs;
  std::vector<std::string> words = {"help"};
  for (const std::unique_ptr<Verb>& verb : program.verbs()) {
    absl::StrAppend(&verbs, VerbCase(*verb));
    words.push_back(verb->name());
  }
  for (const Verb::Option& option : program.options()) {
    const std::vector<std::string> spellings = Spellings(option);
    words.insert(words.end(), spellings.begin(), spellings.end());
  }
  words.insert(words.end(), {"--help", "--version"});
  return Replaced(Replaced(kScript, "@VERBS@", verbs), "@ROOT@", absl::StrJoin(words, " "));
}

std::string ZshCompletion(const Verb& program) {
  return absl::StrCat("#compdef berth\nautoload -Uz bashcompinit && bashcompinit\n",
                      BashCompletion(program));
}

}  // namespace berth::cli
