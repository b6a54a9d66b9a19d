// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "cri/cli/output.h"
#include "cri/cli/template_syntax.h"

namespace berth::cli {

// Go's templates as far as docker's users write them after --format: template_syntax has the
// language, template_functions what they can call. Pure.
class TextTemplate {
 public:
  // InvalidArgument, with the words, for what is no template.
  static absl::StatusOr<TextTemplate> Parse(absl::string_view text);

  // InvalidArgument for a field that `value` does not have, naming it. Values as Go prints them.
  absl::StatusOr<std::string> Expand(const Json& value) const;

 private:
  explicit TextTemplate(std::vector<TemplateNode> nodes) : nodes_(std::move(nodes)) {}

  std::vector<TemplateNode> nodes_;
};

// Whether a word after --format is a template, after "table " or not. Pure.
bool IsTemplate(absl::string_view format);

// The rows of a table by "table" or by a template; after "table " in columns under their headers.
// InvalidArgument as above. Pure.
absl::StatusOr<std::string> FormatTable(const Table& table, absl::string_view format);

// What a list prints: `json` for "json", else the table as above. Pure.
absl::StatusOr<std::string> FormatList(const Json& json, const Table& table,
                                       absl::string_view format);

// What `inspect` prints of an array: JSON, or the template's text for each, a line each. Pure.
absl::StatusOr<std::string> FormatInspected(const Json& all, absl::string_view format);

}  // namespace berth::cli
