// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/text_template.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/status.h"
#include "cri/cli/template_run.h"

namespace berth::cli {
namespace {

constexpr absl::string_view kOpen = "{{";
constexpr absl::string_view kTable = "table ";

// The fields by which docker's templates know a column.
std::vector<std::string> FieldsOf(const std::string& header) {
  if (absl::EndsWith(header, " ID")) {
    return {"ID"};
  }
  constexpr std::pair<const char*, const char*> kOthers[] = {
      {"CPU %", "CPUPerc"}, {"MEM %", "MemPerc"}, {"VOLUME NAME", "Name"}};
  for (const auto& [title, field] : kOthers) {
    if (header == title) {
      return {field};
    }
  }
  if (header == "CREATED") {
    return {"CreatedSince", "RunningFor"};
  }
  std::string field;
  for (const absl::string_view word : absl::StrSplit(header.substr(0, header.find('/')), ' ')) {
    const std::string lower = absl::AsciiStrToLower(word);
    absl::StrAppend(&field, absl::AsciiStrToUpper(lower.substr(0, 1)),
                    lower.empty() ? "" : lower.substr(1));
  }
  return {field};
}

Json RowOf(const std::vector<std::string>& headers, const std::vector<std::string>& cells) {
  Json row = Json::object();
  for (size_t i = 0; i < headers.size(); ++i) {
    for (const std::string& field : FieldsOf(headers[i])) {
      row[field] = cells[i];
    }
  }
  return row;
}

}  // namespace

absl::StatusOr<TextTemplate> TextTemplate::Parse(absl::string_view text) {
  ASSIGN_OR_RETURN(std::vector<TemplateNode> nodes, ParseTemplate(text));
  return TextTemplate(std::move(nodes));
}

absl::StatusOr<std::string> TextTemplate::Expand(const Json& value) const {
  return RunTemplate(nodes_, value);
}

bool IsTemplate(absl::string_view format) {
  return absl::StrContains(format, kOpen) || absl::StartsWith(format, kTable);
}

absl::StatusOr<std::string> FormatTable(const Table& table, absl::string_view format) {
  if (!IsTemplate(format)) {
    return table.str();
  }
  const bool in_columns = absl::ConsumePrefix(&format, kTable);
  ASSIGN_OR_RETURN(const TextTemplate row_template, TextTemplate::Parse(format));
  const std::vector<std::vector<std::string>>& rows = table.rows();
  std::vector<std::string> lines;
  for (auto row = rows.begin() + (in_columns ? 0 : 1); row != rows.end(); ++row) {
    ASSIGN_OR_RETURN(std::string line, row_template.Expand(RowOf(rows.front(), *row)));
    lines.push_back(std::move(line));
  }
  if (!in_columns) {
    return lines.empty() ? "" : absl::StrCat(absl::StrJoin(lines, "\n"), "\n");
  }
  Table columns(absl::StrSplit(lines.front(), '\t'));
  for (auto line = lines.begin() + 1; line != lines.end(); ++line) {
    columns.Add(absl::StrSplit(*line, '\t'));
  }
  return columns.str();
}

absl::StatusOr<std::string> FormatList(const Json& json, const Table& table,
                                       absl::string_view format) {
  return format == "json" ? Pretty(json) : FormatTable(table, format);
}

absl::StatusOr<std::string> FormatInspected(const Json& all, absl::string_view format) {
  if (format.empty() || format == "json") {
    return Pretty(all);
  }
  ASSIGN_OR_RETURN(const TextTemplate one, TextTemplate::Parse(format));
  std::string text;
  for (const Json& each : all) {
    ASSIGN_OR_RETURN(const std::string line, one.Expand(each));
    absl::StrAppend(&text, line, "\n");
  }
  return text;
}

}  // namespace berth::cli
