// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/statement.h"

#include <optional>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/json.h"
#include "base/status.h"
#include "imageservice/build/build_limits.h"
#include "imageservice/build/characters.h"

namespace berth::imageservice {
namespace {

// The lines of a file, from the first on.
class Lines {
 public:
  explicit Lines(absl::string_view text) : rest_(text) {}

  // The next one with its end; nullopt after the last.
  std::optional<absl::string_view> Take() {
    if (rest_.empty()) {
      return std::nullopt;
    }
    const size_t end = rest_.find('\n');
    const absl::string_view line = rest_.substr(0, end == absl::string_view::npos ? end : end + 1);
    rest_.remove_prefix(line.size());
    ++number_;
    return line;
  }
  int number() const { return number_; }  // of the line taken last, from 1

 private:
  absl::string_view rest_;
  int number_ = 0;
};

absl::string_view WithoutLineEnd(absl::string_view line) {
  while (absl::EndsWith(line, "\n") || absl::EndsWith(line, "\r")) {
    line.remove_suffix(1);
  }
  return line;
}

void StripLeadingTabs(absl::string_view& line) {
  while (absl::ConsumePrefix(&line, "\t")) {
  }
}

// The number of the descriptor that a shell's redirection may begin with; of no use here.
void StripDescriptor(absl::string_view& word) {
  while (!word.empty() && IsDigit(word.front())) {
    word.remove_prefix(1);
  }
}

bool IsComment(absl::string_view line) {
  return absl::StartsWith(absl::StripLeadingAsciiWhitespace(line), "#");
}

// `# name=value` lines before anything else (Dockerfile reference, "Parser directives").
class Directives {
 public:
  // What follows the first line that is no directive is a comment, whatever it looks like.
  absl::Status Read(absl::string_view line, int number) {
    absl::string_view text = line;
    if (done_ || !absl::ConsumePrefix(&text, "#")) {
      done_ = true;
      return absl::OkStatus();
    }
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(text, absl::MaxSplits('=', 1));
    const std::string name = absl::AsciiStrToLower(absl::StripAsciiWhitespace(parts.first));
    const absl::string_view value = absl::StripAsciiWhitespace(parts.second);
    if (value.empty() || (name != "syntax" && name != "escape" && name != "check")) {
      done_ = true;
      return absl::OkStatus();
    }
    if (!seen_.insert(name).second) {
      return ParseError(number, absl::StrCat("only one ", name, " parser directive can be used"));
    }
    if (name != "escape") {
      return absl::OkStatus();
    }
    if (value != "\\" && value != "`") {
      return ParseError(number,
                        absl::StrCat("invalid escape token '", value, "' does not match ` or \\"));
    }
    escape_ = value[0];
    return absl::OkStatus();
  }
  char escape() const { return escape_; }

 private:
  bool done_ = false;
  std::set<std::string> seen_;
  char escape_ = '\\';
};

// Whether the line goes on with the next one; it loses what says so.
bool TakeContinuation(absl::string_view& line, char escape) {
  const absl::string_view bare = absl::StripTrailingAsciiWhitespace(line);
  const bool continues = !bare.empty() && bare.back() == escape &&
                         (bare.size() == 1 || bare[bare.size() - 2] != escape);
  if (continues) {
    line = bare.substr(0, bare.size() - 1);
  }
  return continues;
}

// One word from the front, as SplitQuotedWords has them; whether it has its closing quote.
struct QuotedWord {
  std::string text;
  bool closed = true;
};

QuotedWord TakeQuotedWord(absl::string_view& rest, char escape) {
  QuotedWord word;
  char quote = 0;
  while (!rest.empty() && (quote != 0 || !IsSpace(rest.front()))) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == escape && quote != '\'') {
      if (!rest.empty()) {  // one at the end is dropped
        word.text += {c, rest.front()};
        rest.remove_prefix(1);
      }
      continue;
    }
    word.text.push_back(c);
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    }
  }
  word.closed = quote == 0;
  return word;
}

// Quotes and escapes gone; no variables.
std::string Unquoted(absl::string_view word, char escape) {
  std::string text;
  char quote = 0;
  for (size_t i = 0; i < word.size(); ++i) {
    if (word[i] == escape) {
      if (++i < word.size()) {
        text.push_back(word[i]);
      }
    } else if (quote == 0 && (word[i] == '\'' || word[i] == '"')) {
      quote = word[i];
    } else if (word[i] == quote) {
      quote = 0;
    } else {
      text.push_back(word[i]);
    }
  }
  return text;
}

// The flags that stand before the arguments.
std::vector<std::string> TakeFlags(absl::string_view& rest, char escape) {
  std::vector<std::string> flags;
  rest = absl::StripLeadingAsciiWhitespace(rest);
  while (absl::StartsWith(rest, "--")) {
    const std::string flag = Unquoted(TakeQuotedWord(rest, escape).text, escape);
    rest = absl::StripLeadingAsciiWhitespace(rest);
    if (flag == "--") {
      break;
    }
    flags.push_back(flag);
  }
  return flags;
}

Statement ReadStatement(absl::string_view text, char escape) {
  Statement statement;
  absl::string_view rest = absl::StripAsciiWhitespace(text);
  statement.text = std::string(rest);
  const size_t end = static_cast<size_t>(absl::c_find_if(rest, IsSpace) - rest.begin());
  statement.keyword = std::string(rest.substr(0, end));
  rest.remove_prefix(end);
  statement.flags = TakeFlags(rest, escape);
  statement.arguments = std::string(rest);
  return statement;
}

bool TakesHeredocs(const Statement& statement, char escape) {
  const std::string keyword = absl::AsciiStrToUpper(statement.keyword);
  if (keyword == "ONBUILD") {
    const Statement inner = ReadStatement(statement.arguments, escape);
    return !absl::EqualsIgnoreCase(inner.keyword, "ONBUILD") && TakesHeredocs(inner, escape);
  }
  return (keyword == "RUN" || keyword == "COPY" || keyword == "ADD") &&
         !(absl::StartsWith(statement.arguments, "[") &&
           ParseJson(statement.arguments, kMaxDockerfile).ok());
}

// A shell may have a space between << and the name.
bool AwaitsHeredocName(absl::string_view word) {
  StripDescriptor(word);
  return word == "<<" || word == "<<-";
}

std::vector<Heredoc> FindHeredocs(absl::string_view line) {
  std::vector<Heredoc> heredocs;
  constexpr char kShellsEscape = '\\';  // whatever the file's is
  while (!(line = absl::StripLeadingAsciiWhitespace(line)).empty()) {
    QuotedWord word = TakeQuotedWord(line, kShellsEscape);
    if (AwaitsHeredocName(word.text)) {
      line = absl::StripLeadingAsciiWhitespace(line);
      const QuotedWord name = TakeQuotedWord(line, kShellsEscape);
      word = {absl::StrCat(word.text, name.text), name.closed};
    }
    if (!word.closed) {
      return {};
    }
    if (Heredoc heredoc = ReadHeredocWord(word.text); !heredoc.name.empty()) {
      heredocs.push_back(std::move(heredoc));
    }
  }
  return heredocs;
}

// Reads lines up to the one that is the name.
bool ReadContent(Lines& lines, Heredoc& heredoc) {
  while (const std::optional<absl::string_view> line = lines.Take()) {
    absl::string_view end = WithoutLineEnd(*line);
    if (heredoc.strips_tabs) {
      StripLeadingTabs(end);
    }
    if (end == heredoc.name) {
      return true;
    }
    absl::StrAppend(&heredoc.content, *line);
  }
  return false;
}

class Reader {
 public:
  explicit Reader(absl::string_view text) : lines_(text) {}

  absl::StatusOr<DockerfileText> Run() {
    while (const std::optional<absl::string_view> line = lines_.Take()) {
      const absl::string_view first = absl::StripLeadingAsciiWhitespace(WithoutLineEnd(*line));
      RETURN_IF_ERROR(directives_.Read(first, lines_.number()));
      if (!first.empty() && !IsComment(first)) {
        RETURN_IF_ERROR(ReadFrom(first));
      }
    }
    if (text_.statements.empty()) {
      return absl::InvalidArgumentError("file with no instructions");
    }
    text_.escape = directives_.escape();
    return std::move(text_);
  }

 private:
  absl::Status ReadFrom(absl::string_view first) {
    const int first_line = lines_.number();
    const char escape = directives_.escape();
    const std::string whole = JoinLines(first);
    if (absl::StripAsciiWhitespace(whole).empty()) {
      return absl::OkStatus();
    }
    Statement statement = ReadStatement(whole, escape);
    if (absl::StrContains(whole, "<<") && TakesHeredocs(statement, escape)) {
      statement.heredocs = FindHeredocs(whole);
    }
    for (Heredoc& heredoc : statement.heredocs) {
      if (!ReadContent(lines_, heredoc)) {
        return ParseError(first_line, "unterminated heredoc");
      }
    }
    statement.first_line = first_line;
    statement.last_line = lines_.number();
    text_.statements.push_back(std::move(statement));
    return absl::OkStatus();
  }

  // `line` and those that it goes on with; comments and empty lines between them do not count.
  std::string JoinLines(absl::string_view line) {
    bool continues = TakeContinuation(line, directives_.escape());
    std::string whole(line);
    bool has_empty = false;
    while (continues) {
      const std::optional<absl::string_view> next = lines_.Take();
      if (!next.has_value()) {
        break;
      }
      line = WithoutLineEnd(*next);
      const bool is_empty = absl::StripAsciiWhitespace(line).empty();
      has_empty = has_empty || is_empty;
      if (!is_empty && !IsComment(line)) {
        continues = TakeContinuation(line, directives_.escape());
        absl::StrAppend(&whole, line);
      }
    }
    if (has_empty) {
      text_.warnings.push_back(absl::StrCat("Empty continuation line found in: ", whole));
    }
    return whole;
  }

  Lines lines_;
  Directives directives_;
  DockerfileText text_;
};

}  // namespace

absl::StatusOr<DockerfileText> ReadDockerfile(absl::string_view text) {
  if (text.size() > kMaxDockerfile) {
    return absl::InvalidArgumentError(
        absl::StrCat("a Dockerfile has at most ", kMaxDockerfile, " bytes"));
  }
  absl::ConsumePrefix(&text, kByteOrderMark);
  return Reader(text).Run();
}

Statement ReadTrigger(const Statement& onbuild, char escape) {
  Statement trigger = ReadStatement(onbuild.arguments, escape);
  trigger.heredocs = onbuild.heredocs;
  trigger.first_line = onbuild.first_line;
  trigger.last_line = onbuild.last_line;
  return trigger;
}

Heredoc ReadHeredocWord(absl::string_view word) {
  Heredoc heredoc;
  StripDescriptor(word);
  if (!absl::ConsumePrefix(&word, "<<") || absl::StrContains(word, "<")) {
    return heredoc;
  }
  heredoc.strips_tabs = absl::ConsumePrefix(&word, "-");
  word = absl::StripLeadingAsciiWhitespace(word);
  heredoc.name = Unquoted(word, '\\');
  heredoc.expands = !absl::StrContains(word, "'") && !absl::StrContains(word, "\"");
  return heredoc;
}

std::string HeredocText(const Heredoc& heredoc) {
  std::string text;
  Lines lines(heredoc.content);
  while (std::optional<absl::string_view> line = lines.Take()) {
    if (heredoc.strips_tabs) {
      StripLeadingTabs(*line);
    }
    absl::StrAppend(&text, *line);
  }
  return text;
}

std::vector<std::string> SplitQuotedWords(absl::string_view text, char escape) {
  std::vector<std::string> words;
  while (!(text = absl::StripLeadingAsciiWhitespace(text)).empty()) {
    words.push_back(TakeQuotedWord(text, escape).text);
  }
  return words;
}

absl::Status ParseError(int line, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("dockerfile parse error on line ", line, ": ", what));
}

}  // namespace berth::imageservice
