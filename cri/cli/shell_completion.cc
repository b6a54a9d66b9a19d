// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/shell_completion.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace berth::cli {
namespace {

// What a verb's words are names of, by its path.
constexpr char kScript[] = R"sh(# Completion of `berth`, as `berth completion` prints it.
_berth_names() {
  case $1 in
    containers) berth ps -a --no-trunc --format '{{.Names}}' 2>/dev/null ;;
    images) berth images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null | grep -v '<none>' ;;
    networks) berth network ls --format '{{.Name}}' 2>/dev/null ;;
    volumes) berth volume ls -q 2>/dev/null ;;
  esac
}

_berth_verb() {
  case $1 in
@VERBS@    *) return 1 ;;
  esac
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
  if ((i + 1 >= COMP_CWORD)) || ! _berth_verb "$verb ${COMP_WORDS[i+1]}"; then
    _berth_verb "$verb"
  fi
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

struct NamedWords {
  const char* path;  // of a verb
  const char* kind;
};

constexpr NamedWords kNamedWords[] = {{"run", "images"},
                                      {"create", "images"},
                                      {"build", "images"},
                                      {"images", "images"},
                                      {"pull", "images"},
                                      {"rmi", "images"},
                                      {"push", "images"},
                                      {"tag", "images"},
                                      {"history", "images"},
                                      {"save", "images"},
                                      {"restore", "images"},
                                      {"rm", "containers"},
                                      {"exec", "containers"},
                                      {"attach", "containers"},
                                      {"logs", "containers"},
                                      {"stats", "containers"},
                                      {"stop", "containers"},
                                      {"start", "containers"},
                                      {"restart", "containers"},
                                      {"kill", "containers"},
                                      {"wait", "containers"},
                                      {"port", "containers"},
                                      {"top", "containers"},
                                      {"rename", "containers"},
                                      {"update", "containers"},
                                      {"pause", "containers"},
                                      {"unpause", "containers"},
                                      {"commit", "containers"},
                                      {"export", "containers"},
                                      {"cp", "containers"},
                                      {"diff", "containers"},
                                      {"inspect", "containers"},
                                      {"checkpoint", "containers"},
                                      {"snapshot", "containers"},
                                      {"image ls", "images"},
                                      {"image rm", "images"},
                                      {"image inspect", "images"},
                                      {"network inspect", "networks"},
                                      {"network rm", "networks"},
                                      {"network connect", "networks"},
                                      {"network disconnect", "networks"},
                                      {"volume inspect", "volumes"},
                                      {"volume rm", "volumes"}};

// Of `container` and `image`, docker's long names, as of the short ones.
std::string NamesOf(absl::string_view path) {
  const auto find = [](absl::string_view wanted) {
    return std::find_if(std::begin(kNamedWords), std::end(kNamedWords),
                        [&](const NamedWords& each) { return each.path == wanted; });
  };
  auto found = find(path);
  if (found == std::end(kNamedWords) &&
      (absl::ConsumePrefix(&path, "container ") || absl::ConsumePrefix(&path, "image "))) {
    found = find(path);
  }
  return found == std::end(kNamedWords) ? "" : found->kind;
}

std::vector<std::string> Spellings(const Verb::Option& option) {
  std::vector<std::string> all = option.spellings;
  if (!option.negation.empty()) {
    all.push_back(option.negation);
  }
  return all;
}

// "a|b" of the type "a|b|NAME": what can be typed as it is; empty where it is no choice.
std::string WordsIn(const std::string& type) {
  std::vector<std::string> words;
  for (const absl::string_view word : absl::StrSplit(type, '|')) {
    const bool is_literal = std::all_of(word.begin(), word.end(), [](unsigned char c) {
      return absl::ascii_islower(c) || c == '-';
    });
    if (is_literal && word.size() > 1 && absl::StrContains(type, '|')) {
      words.emplace_back(word);
    }
  }
  return absl::StrJoin(words, "|");
}

std::string VerbCase(const Verb& verb, const std::string& path) {
  std::vector<std::string> options;
  std::string values;
  for (const Verb::Option& option : verb.options()) {
    for (const std::string& spelling : Spellings(option)) {
      options.push_back(spelling);
      if (const std::string words = WordsIn(option.type); !words.empty()) {
        absl::StrAppend(&values, " ", spelling, "=", words);
      }
    }
  }
  options.push_back("--help");
  std::string below;
  for (const std::unique_ptr<Verb>& each : verb.verbs()) {
    options.push_back(each->name());
    absl::StrAppend(&below, VerbCase(*each, absl::StrCat(path, " ", each->name())));
  }
  return absl::StrCat("    '", path, "') options='", absl::StrJoin(options, " "), "' names='",
                      NamesOf(path), "' values='", values, " ' ;;\n", below);
}

std::string Replaced(std::string text, const std::string& mark, const std::string& by) {
  return text.replace(text.find(mark), mark.size(), by);
}

}  // namespace

std::string BashCompletion(const Verb& program) {
  std::string verbs;
  std::vector<std::string> words = {"help"};
  for (const std::unique_ptr<Verb>& verb : program.verbs()) {
    absl::StrAppend(&verbs, VerbCase(*verb, verb->name()));
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
