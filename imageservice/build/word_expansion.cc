// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/word_expansion.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "imageservice/build/characters.h"
#include "imageservice/build/word_pattern.h"

namespace berth::imageservice {
namespace {

// POSIX, 2.5.2: special parameters. A Dockerfile sets none of them.
bool IsSpecialParameter(char c) {
  return absl::string_view("@*#?-$!0").find(c) != absl::string_view::npos;
}

// A text and, beside it, its words.
class Output {
 public:
  void AddUnquoted(char c) {
    text_.push_back(c);
    if (!IsSpace(c)) {
      word_.push_back(c);
    } else if (!word_.empty()) {
      words_.push_back(std::exchange(word_, ""));
    }
  }
  void AddUnquoted(absl::string_view text) {
    for (const char c : text) {
      AddUnquoted(c);
    }
  }
  void AddQuoted(absl::string_view text) {
    absl::StrAppend(&text_, text);
    absl::StrAppend(&word_, text);
  }

  std::string TakeText() { return std::move(text_); }
  std::vector<std::string> TakeWords() {
    if (!word_.empty()) {
      words_.push_back(std::exchange(word_, ""));
    }
    return std::move(words_);
  }

 private:
  std::string text_;
  std::string word_;  // the last one, as far as it goes
  std::vector<std::string> words_;
};

enum class Escapes { kRemoved, kKept };

class Expander {
 public:
  Expander(absl::string_view text, char escape, Variables variables)
      : text_(text), rest_(text), escape_(escape), variables_(variables) {}

  absl::StatusOr<Output> Run() {
    absl::StatusOr<Output> output = Until(std::nullopt, Escapes::kRemoved);
    if (!output.ok()) {
      return Annotate(output.status(), absl::StrCat("failed to process \"", text_, "\""));
    }
    return output;
  }

 private:
  char Take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  bool Next(char c) const { return !rest_.empty() && rest_.front() == c; }

  static absl::Status Error(absl::string_view what) { return absl::InvalidArgumentError(what); }

  // What comes before `stop`, which is taken as well; all when there is no stop.
  absl::StatusOr<Output> Until(std::optional<char> stop, Escapes escapes) {
    Output output;
    while (!rest_.empty()) {
      const char c = Take();
      if (stop == c) {
        return output;
      }
      RETURN_IF_ERROR(AddFrom(c, escapes, output));
    }
    if (stop.has_value()) {
      return Error(absl::StrCat("unexpected end of statement while looking for matching ",
                                std::string(1, *stop)));
    }
    return output;
  }

  absl::Status AddFrom(char c, Escapes escapes, Output& output) {
    if (c == '\'') {
      ASSIGN_OR_RETURN(const std::string quoted, SingleQuoted());
      output.AddQuoted(quoted);
    } else if (c == '"') {
      ASSIGN_OR_RETURN(const std::string quoted, DoubleQuoted(escapes));
      output.AddQuoted(quoted);
    } else if (c == '$') {
      ASSIGN_OR_RETURN(const std::string value, Variable());
      output.AddUnquoted(value);
    } else if (c != escape_) {
      output.AddUnquoted(c);
    } else {
      if (escapes == Escapes::kKept) {
        output.AddQuoted(absl::string_view(&c, 1));
      }
      if (!rest_.empty()) {
        const char escaped = Take();
        output.AddQuoted(absl::string_view(&escaped, 1));
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> SingleQuoted() {
    const size_t end = rest_.find('\'');
    if (end == absl::string_view::npos) {
      return Error("unexpected end of statement while looking for matching single-quote");
    }
    std::string quoted(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return quoted;
  }

  absl::StatusOr<std::string> DoubleQuoted(Escapes escapes) {
    std::string quoted;
    while (!rest_.empty()) {
      const char c = Take();
      if (c == '"') {
        return quoted;
      }
      if (c == '$') {
        ASSIGN_OR_RETURN(const std::string value, Variable());
        absl::StrAppend(&quoted, value);
        continue;
      }
      const bool escapes_next = c == escape_ && (Next('"') || Next('$') || Next(escape_));
      if (!escapes_next || escapes == Escapes::kKept) {
        quoted.push_back(c);
      }
      if (escapes_next) {
        quoted.push_back(Take());
      }
    }
    return Error("unexpected end of statement while looking for matching double-quote");
  }

  // After a '$'.
  absl::StatusOr<std::string> Variable() {
    ASSIGN_OR_RETURN(std::string value, Dollar());
    substituted_ += value.size();
    if (substituted_ > kMaxExpandedWord) {
      return Error(absl::StrCat("comes to more than ", kMaxExpandedWord, " bytes"));
    }
    return value;
  }

  absl::StatusOr<std::string> Dollar() {
    if (!Next('{')) {
      const std::string name = Name();
      return name.empty() ? "$" : variables_(name).value_or("");
    }
    Take();
    if (rest_.empty()) {
      return Error("syntax error: missing '}'");
    }
    if (Next('{') || Next('}') || Next(':')) {
      return Error("syntax error: bad substitution");
    }
    const std::string name = Name();
    if (rest_.empty()) {
      return Error("syntax error: missing '}'");
    }
    if (++depth_ > kMaxExpansionDepth) {
      return Error(absl::StrCat("more than ", kMaxExpansionDepth, " substitutions in each other"));
    }
    absl::StatusOr<std::string> value = Substitution(name);
    --depth_;
    return value;
  }

  std::string Name() {
    size_t length = 0;
    if (!rest_.empty() && IsDigit(rest_.front())) {
      while (length < rest_.size() && IsDigit(rest_[length])) {
        ++length;
      }
    } else if (!rest_.empty() && IsSpecialParameter(rest_.front())) {
      length = 1;
    } else {
      while (length < rest_.size() &&
             (absl::ascii_isalnum(static_cast<unsigned char>(rest_[length])) ||
              rest_[length] == '_')) {
        ++length;
      }
    }
    std::string name(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return name;
  }

  // After "${name", which is not the end.
  absl::StatusOr<std::string> Substitution(const std::string& name) {
    const char modifier = Take();
    switch (modifier) {
      case '}':
        return variables_(name).value_or("");
      case '-':
      case '+':
      case '?':
        return Conditional(name, modifier, false);
      case ':':
        if (Next('-') || Next('+') || Next('?')) {
          return Conditional(name, Take(), true);
        }
        return Unsupported(absl::StrCat(":", rest_.substr(0, 1)));
      case '#':
      case '%':
        return Removal(name, modifier);
      case '/':
        return Replacement(name);
      default:
        return Unsupported(std::string(1, modifier));
    }
  }

  static absl::Status Unsupported(absl::string_view modifier) {
    return Error(absl::StrCat("unsupported modifier (", modifier, ") in substitution"));
  }

  absl::StatusOr<std::string> UntilBrace(Escapes escapes) {
    absl::StatusOr<Output> output = Until('}', escapes);
    if (!output.ok()) {
      return rest_.empty() ? Error("syntax error: missing '}'") : output.status();
    }
    return output->TakeText();
  }

  absl::StatusOr<std::string> Conditional(const std::string& name, char modifier,
                                          bool empty_is_unset) {
    ASSIGN_OR_RETURN(std::string word, UntilBrace(Escapes::kRemoved));
    const std::optional<std::string> value = variables_(name);
    const bool counts = value.has_value() && !(empty_is_unset && value->empty());
    if (modifier == '+') {
      return counts ? word : "";
    }
    if (counts) {
      return *value;
    }
    if (modifier == '-') {
      return word;
    }
    if (word.empty()) {
      word = value.has_value() ? "is not allowed to be empty" : "is not allowed to be unset";
    }
    return Error(absl::StrCat(name, ": ", word));
  }

  absl::StatusOr<std::string> Removal(const std::string& name, char modifier) {
    const Match match = Next(modifier) ? Match::kLongest : Match::kShortest;
    if (match == Match::kLongest) {
      Take();
    }
    ASSIGN_OR_RETURN(const std::string pattern, UntilBrace(Escapes::kKept));
    const std::string value = variables_(name).value_or("");
    return modifier == '#' ? RemovePrefix(pattern, value, match)
                           : RemoveSuffix(pattern, value, match);
  }

  absl::StatusOr<std::string> Replacement(const std::string& name) {
    const Occurrences occurrences = Next('/') ? Occurrences::kAll : Occurrences::kFirst;
    if (occurrences == Occurrences::kAll) {
      Take();
    }
    absl::StatusOr<Output> pattern = Until('/', Escapes::kKept);
    if (!pattern.ok()) {
      return rest_.empty() ? Error("syntax error: missing '/' in ${}") : pattern.status();
    }
    ASSIGN_OR_RETURN(const std::string replacement, UntilBrace(Escapes::kRemoved));
    return ReplacePattern(pattern->TakeText(), replacement, variables_(name).value_or(""),
                          occurrences);
  }

  const absl::string_view text_;
  absl::string_view rest_;
  const char escape_;
  const Variables variables_;
  int depth_ = 0;
  size_t substituted_ = 0;  // bytes of values, all together
};

}  // namespace

absl::StatusOr<std::string> ExpandWord(absl::string_view text, char escape, Variables variables) {
  ASSIGN_OR_RETURN(Output output, Expander(text, escape, variables).Run());
  return output.TakeText();
}

absl::StatusOr<std::vector<std::string>> ExpandWords(absl::string_view text, char escape,
                                                     Variables variables) {
  ASSIGN_OR_RETURN(Output output, Expander(text, escape, variables).Run());
  return output.TakeWords();
}

absl::StatusOr<std::string> ExpansionBudget::Take(absl::StatusOr<std::string> word) {
  RETURN_IF_ERROR(word.status());
  bytes_ += word->size();
  return bytes_ <= kMaxExpandedWords ? word
                                     : absl::InvalidArgumentError(absl::StrCat(
                                           "with the values of variables, words come to more than ",
                                           kMaxExpandedWords, " bytes"));
}

}  // namespace berth::imageservice
