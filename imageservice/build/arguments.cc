// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/arguments.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/json.h"
#include "base/status.h"
#include "imageservice/build/build_limits.h"
#include "imageservice/build/statement.h"

namespace berth::imageservice {
namespace {

// nullopt for what is no JSON array.
absl::StatusOr<std::optional<std::vector<std::string>>> ReadJsonArray(absl::string_view text) {
  if (!absl::StartsWith(text, "[")) {
    return std::nullopt;
  }
  const absl::StatusOr<Json> json = ParseJson(text, kMaxDockerfile);
  if (!json.ok()) {
    return std::nullopt;
  }
  std::vector<std::string> words;
  for (const Json& word : *json) {
    if (!word.is_string()) {
      return absl::InvalidArgumentError(
          "when using JSON array syntax, arrays must be comprised of strings only");
    }
    words.push_back(word.get<std::string>());
  }
  return words;
}

}  // namespace

absl::StatusOr<CommandLine> ReadCommandLine(absl::string_view text) {
  ASSIGN_OR_RETURN(std::optional<std::vector<std::string>> words, ReadJsonArray(text));
  if (words.has_value()) {
    return CommandLine{*std::move(words), false};
  }
  return text.empty() ? CommandLine() : CommandLine{{std::string(text)}, true};
}

absl::StatusOr<std::vector<std::string>> ReadList(absl::string_view text) {
  ASSIGN_OR_RETURN(std::optional<std::vector<std::string>> words, ReadJsonArray(text));
  if (words.has_value()) {
    return *std::move(words);
  }
  return SplitBlanks(text);
}

std::vector<std::string> SplitBlanks(absl::string_view text) {
  return absl::StrSplit(text, absl::ByAnyChar(kBlanks), absl::SkipEmpty());
}

absl::Status CheckSome(absl::string_view keyword, bool has_some) {
  return has_some
             ? absl::OkStatus()
             : absl::InvalidArgumentError(absl::StrCat(keyword, " requires at least one argument"));
}

absl::StatusOr<std::string> NotEmpty(absl::string_view keyword, absl::string_view text) {
  if (text.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(keyword, " requires exactly one argument"));
  }
  return std::string(text);
}

}  // namespace berth::imageservice
