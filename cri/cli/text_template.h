// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "cri/cli/output.h"

namespace berth::cli {

// Go's templates as far as docker's users write them after --format: text, {{.Field}},
// {{.Outer.Inner}}, {{json .}}, {{json .Field}}, \t and \n. Pure.
class TextTemplate {
 public:
  // InvalidArgument, with the words, for what is none of these.
  static absl::StatusOr<TextTemplate> Parse(absl::string_view text);

  // InvalidArgument for a field that `value` does not have, naming it. Text as it is, anything else
  // as JSON.
  absl::StatusOr<std::string> Expand(const Json& value) const;

 private:
  struct Part {
    std::string text;
    bool is_field = false;
    bool as_json = false;
    std::vector<std::string> path = {};  // of a field; empty for the whole
  };

  explicit TextTemplate(std::vector<Part> parts) : parts_(std::move(parts)) {}
  static absl::StatusOr<Part> ParseField(absl::string_view words);

  std::vector<Part> parts_;
};

// Whether a word after --format is a template, after "table " or not. Pure.
bool IsTemplate(absl::string_view format);

// The rows of a table by "table" or by a template; after "table " in columns under their headers.
// InvalidArgument as above. Pure.
absl::StatusOr<std::string> FormatTable(const Table& table, absl::string_view format);

// What a list prints: `json` for "json", else the table as above. Pure.
absl::StatusOr<std::string> FormatList(const Json& json, const Table& table,
                                       absl::string_view format);

}  // namespace berth::cli
