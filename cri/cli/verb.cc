// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/verb.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace berth::cli {
namespace {

std::string NoNumber(const std::string& text) {
  return absl::StrCat(text, " is no number");
}

std::string IsNumberFrom(int64_t least, const std::string& text) {
  int64_t number = 0;
  return absl::SimpleAtoi(text, &number) && number >= least
             ? ""
             : absl::StrCat(text, " is no number from ", least, " on");
}

// What is wrong with one value.
std::string Problem(const OptionForm& form, const std::string& value) {
  if (!form.one_of.empty() &&
      std::find(form.one_of.begin(), form.one_of.end(), value) == form.one_of.end()) {
    return absl::StrCat(value, " is none of ", absl::StrJoin(form.one_of, ", "));
  }
  return form.check == nullptr ? "" : form.check(value);
}

// Takes any text; std::string or an optional one.
template <typename Text>
std::function<std::string(const std::string&)> SetterOf(Text& value) {
  return [&value](const std::string& text) {
    value = text;
    return "";
  };
}

}  // namespace

std::string IsNonNegative(const std::string& text) {
  return IsNumberFrom(0, text);
}

std::string IsPositive(const std::string& text) {
  return IsNumberFrom(1, text);
}

Verb& Verb::AddVerb(std::string name) {
  Verb& verb = *verbs_.emplace_back(std::make_unique<Verb>(std::move(name)));
  verb.parent_ = this;
  return verb;
}

Verb::Option& Verb::AddOption(const std::string& names, std::string description, OptionForm form) {
  Option& option = options_.emplace_back();
  option.description = std::move(description);
  option.type = form.one_of.empty() ? std::move(form.type) : absl::StrJoin(form.one_of, "|");
  option.environment = std::move(form.environment);
  option.required = form.required;
  if (!absl::StartsWith(names, "-")) {
    option.word = names;
    return option;
  }
  for (const absl::string_view name : absl::StrSplit(names, ',')) {
    if (absl::StartsWith(name, "!")) {
      option.negation = std::string(name.substr(1));
    } else {
      option.spellings.emplace_back(name);
    }
  }
  return option;
}

void Verb::AddSingle(const std::string& names, std::string description, OptionForm form, Setter set,
                     std::string default_text) {
  const bool shows_default = form.shows_default;
  Option& option = AddOption(names, std::move(description), form);
  option.default_text = shows_default ? std::move(default_text) : "";
  option.set = [form = std::move(form),
                set = std::move(set)](const std::vector<std::string>& values) {
    const std::string problem = Problem(form, values.back());
    return problem.empty() ? set(values.back()) : problem;
  };
}

void Verb::Add(const std::string& names, std::string& value, std::string description,
               OptionForm form) {
  AddSingle(names, std::move(description), std::move(form), SetterOf(value), value);
}

void Verb::Add(const std::string& names, std::optional<std::string>& value, std::string description,
               OptionForm form) {
  AddSingle(names, std::move(description), std::move(form), SetterOf(value), value.value_or(""));
}

void Verb::Add(const std::string& names, int64_t& value, std::string description, OptionForm form) {
  AddSingle(
      names, std::move(description), std::move(form),
      [&value](const std::string& text) {
        return absl::SimpleAtoi(text, &value) ? "" : NoNumber(text);
      },
      absl::StrCat(value));
}

void Verb::Add(const std::string& names, std::optional<int64_t>& value, std::string description,
               OptionForm form) {
  AddSingle(
      names, std::move(description), std::move(form),
      [&value](const std::string& text) {
        return absl::SimpleAtoi(text, &value.emplace()) ? "" : NoNumber(text);
      },
      "");
}

void Verb::Add(const std::string& names, std::vector<std::string>& values, std::string description,
               OptionForm form) {
  Option& option = AddOption(names, std::move(description), form);
  option.takes_many = true;
  option.set = [form = std::move(form), &values](const std::vector<std::string>& given) {
    values = given;
    for (const std::string& value : given) {
      if (std::string problem = Problem(form, value); !problem.empty()) {
        return problem;
      }
    }
    return std::string();
  };
}

void Verb::AddFlag(const std::string& names, bool& value, std::string description) {
  AddOption(names, std::move(description), {}).flag = &value;
}

void Verb::AddUsual(const std::string& names, std::string description) {
  AddOption(names, std::move(description), {}).is_usual = true;
}

void Verb::TakeWords(std::vector<std::string>& words, std::string usage,
                     std::vector<std::string> needed) {
  words_ = {&words, std::move(usage), std::move(needed)};
}

const Verb* Verb::Find(const std::string& name) const {
  const auto found = std::find_if(verbs_.begin(), verbs_.end(),
                                  [&](const auto& verb) { return verb->name() == name; });
  return found == verbs_.end() ? nullptr : found->get();
}

}  // namespace berth::cli
