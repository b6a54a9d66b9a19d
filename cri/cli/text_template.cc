// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/text_template.h"

#include <map>
#include <utility>

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

// In the order of their names, as docker shows them.
Json FieldsOf(const Columns& columns, const std::vector<std::string>& cells) {
  std::map<std::string, const std::string*> fields;
  for (size_t i = 0; i < columns.size(); ++i) {
    fields[columns[i].field] = &cells[i];
  }
  Json row = Json::object();
  for (const auto& [field, cell] : fields) {
    row[field] = *cell;
  }
  return row;
}

absl::StatusOr<std::vector<std::string>> LinesOf(const std::vector<TemplateNode>& nodes,
                                                 const Table& table) {
  std::vector<std::string> lines;
  for (const Table::Row& row : table.rows()) {
    ASSIGN_OR_RETURN(lines.emplace_back(),
                     RunTemplate(nodes, FieldsOf(table.columns(), row.cells), &row.labels));
  }
  return lines;
}

absl::StatusOr<Columns> ColumnsOf(const std::vector<TemplateNode>& nodes, const Table& table) {
  std::vector<std::string> headers;
  for (const Column& column : table.columns()) {
    headers.push_back(column.header);
  }
  ASSIGN_OR_RETURN(const std::string line,
                   RunTemplateOnHeaders(nodes, FieldsOf(table.columns(), headers)));
  Columns columns;
  for (const absl::string_view header : absl::StrSplit(line, '\t')) {
    columns.push_back({std::string(header)});
  }
  return columns;
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
  ASSIGN_OR_RETURN(const std::vector<TemplateNode> nodes, ParseTemplate(format));
  ASSIGN_OR_RETURN(const std::vector<std::string> lines, LinesOf(nodes, table));
  if (!in_columns) {
    return lines.empty() ? "" : absl::StrCat(absl::StrJoin(lines, "\n"), "\n");
  }
  ASSIGN_OR_RETURN(Columns columns, ColumnsOf(nodes, table));
  const size_t width = columns.size();
  Table shown(std::move(columns));
  for (const std::string& line : lines) {
    std::vector<std::string> cells = absl::StrSplit(line, '\t');
    cells.resize(width);  // a template may say less of one row than of another
    shown.Add(std::move(cells));
  }
  return shown.str();
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
