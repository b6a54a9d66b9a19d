// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// From the text of a Dockerfile to its statements: lines joined, comments gone, heredocs taken
// along. What a statement means is the parser's (dockerfile_parser.h). Pure.
namespace berth::imageservice {

// <<NAME: lines of the file that belong to the statement before them.
struct Heredoc {
  std::string name;
  std::string content;       // as it stands in the file
  bool expands = true;       // no part of the name was quoted
  bool strips_tabs = false;  // <<-NAME

  bool operator==(const Heredoc&) const = default;
};

struct Statement {
  std::string keyword;             // as it was written
  std::vector<std::string> flags;  // --name=value, without quotes
  std::string arguments;           // the rest, with its quotes
  std::vector<Heredoc> heredocs;   // of RUN, COPY and ADD, and of ONBUILD with these
  std::string text;                // all of it but the heredocs' lines, on one line
  int first_line = 0;              // from 1
  int last_line = 0;
};

struct DockerfileText {
  char escape = '\\';
  std::vector<Statement> statements;  // at least one
  std::vector<std::string> warnings;
};

// InvalidArgument, with the line and in Docker's words, for what cannot be read.
absl::StatusOr<DockerfileText> ReadDockerfile(absl::string_view text);

// The statement that ONBUILD keeps, with the heredocs and the lines of the whole.
Statement ReadTrigger(const Statement& onbuild, char escape);

// The heredoc that a word announces ("<<-'NAME'"), without its content; its name is empty when the
// word announces none.
Heredoc ReadHeredocWord(absl::string_view word);

// The content without the tabs that start its lines, where <<- asks for it.
std::string HeredocText(const Heredoc& heredoc);

// The words between spaces that no quote or escape holds; quotes and escapes stay in them.
std::vector<std::string> SplitQuotedWords(absl::string_view text, char escape);

// InvalidArgument "dockerfile parse error on line N: what".
absl::Status ParseError(int line, absl::string_view what);

}  // namespace berth::imageservice
