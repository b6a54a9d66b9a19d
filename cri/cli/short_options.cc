// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/short_options.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace berth::cli {
namespace {

constexpr size_t kShort = 2;  // "-p"

const Verb::Option* FindOption(const Verb& verb, const std::string& spelling) {
  const auto found =
      std::find_if(verb.options().begin(), verb.options().end(), [&](const Verb::Option& option) {
        return std::find(option.spellings.begin(), option.spellings.end(), spelling) !=
               option.spellings.end();
      });
  return found == verb.options().end() ? nullptr : &*found;
}

bool TakesValue(const Verb::Option& option) {
  return option.flag == nullptr && !option.is_usual;
}

bool HasShortValue(const std::string& word) {
  return word.size() > kShort && word[0] == '-' && word[1] != '-' && word[kShort] == '=';
}

// Appends what the word means.
void Split(const Verb::Option& option, const std::string& word, std::vector<std::string>& split) {
  const auto long_name =
      std::find_if(option.spellings.begin(), option.spellings.end(),
                   [](const std::string& each) { return absl::StartsWith(each, "--"); });
  if (TakesValue(option)) {
    split.push_back(word.substr(0, kShort));
    split.push_back(word.substr(kShort + 1));
  } else if (long_name != option.spellings.end()) {
    split.push_back(absl::StrCat(*long_name, word.substr(kShort)));
  } else {
    split.push_back(word);
  }
}

}  // namespace

std::vector<std::string> SplitShortOptions(const Verb& program, std::vector<std::string> words) {
  const Verb* verb = &program;
  std::vector<std::string> split;
  for (auto word = words.begin(); word != words.end(); ++word) {
    const bool is_option = word->size() > 1 && word->front() == '-';
    const Verb* const below = is_option ? nullptr : verb->Find(*word);
    if (*word == "--" || (!is_option && below == nullptr && verb->words().all != nullptr)) {
      std::move(word, words.end(), std::back_inserter(split));
      break;
    }
    verb = below == nullptr ? verb : below;
    const bool has_value = HasShortValue(*word);
    const Verb::Option* const option =
        is_option ? FindOption(*verb, has_value ? word->substr(0, kShort) : *word) : nullptr;
    if (option != nullptr && has_value) {
      Split(*option, *word, split);
      continue;
    }
    split.push_back(*word);
    if (option != nullptr && TakesValue(*option) && word + 1 != words.end()) {
      split.push_back(*++word);
    }
  }
  return split;
}

}  // namespace berth::cli
