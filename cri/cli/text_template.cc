// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/text_template.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/status.h"

namespace berth::cli {
namespace {

constexpr absl::string_view kOpen = "{{";
constexpr absl::string_view kClose = "}}";
constexpr absl::string_view kTable = "table ";

std::string Unescaped(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"\\t", "\t"}, {"\\n", "\n"}});
}

bool IsName(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '_';
  });
}

// The fields by which docker's templates know a column.
std::vector<std::string> FieldsOf(const std::string& header) {
  if (absl::EndsWith(header, " ID")) {
    return {"ID"};
  }
  if (header == "CREATED") {
    return {"CreatedSince", "RunningFor"};
  }
  if (header == "CPU %" || header == "MEM %") {
    return {header == "CPU %" ? "CPUPerc" : "MemPerc"};
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

absl::StatusOr<TextTemplate::Part> TextTemplate::ParseField(absl::string_view words) {
  absl::string_view rest = absl::StripAsciiWhitespace(words);
  Part part;
  part.is_field = true;
  if (absl::ConsumePrefix(&rest, "json ")) {
    part.as_json = true;
    rest = absl::StripAsciiWhitespace(rest);
  }
  if (!absl::ConsumePrefix(&rest, ".")) {
    return absl::InvalidArgumentError(absl::StrCat("--format: ", kOpen, words, kClose,
                                                   " is none of {{.Field}}, {{json .Field}}"));
  }
  if (!rest.empty()) {
    part.path = absl::StrSplit(rest, '.');
  }
  if (!std::all_of(part.path.begin(), part.path.end(), IsName)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--format: ", kOpen, words, kClose, " names no field"));
  }
  return part;
}

absl::StatusOr<TextTemplate> TextTemplate::Parse(absl::string_view text) {
  std::vector<Part> parts;
  while (!text.empty()) {
    const size_t open = text.find(kOpen);
    parts.push_back({.text = Unescaped(text.substr(0, open))});
    if (open == absl::string_view::npos) {
      break;
    }
    const size_t close = text.find(kClose, open);
    if (close == absl::string_view::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("--format: nothing closes ", text.substr(open)));
    }
    const size_t begin = open + kOpen.size();
    ASSIGN_OR_RETURN(Part field, ParseField(text.substr(begin, close - begin)));
    parts.push_back(std::move(field));
    text.remove_prefix(close + kClose.size());
  }
  return TextTemplate(std::move(parts));
}

absl::StatusOr<std::string> TextTemplate::Expand(const Json& value) const {
  std::string out;
  for (const Part& part : parts_) {
    if (!part.is_field) {
      out += part.text;
      continue;
    }
    const Json* field = &value;
    for (const std::string& name : part.path) {
      if (!field->is_object() || !field->contains(name)) {
        return absl::InvalidArgumentError(absl::StrCat("--format: there is no field .", name));
      }
      field = &(*field)[name];
    }
    out += field->is_string() && !part.as_json
               ? field->get<std::string>()
               : field->dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  return out;
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
  std::vector<std::string> lines;
  for (const std::vector<std::string>& row : table.rows()) {
    ASSIGN_OR_RETURN(std::string line, row_template.Expand(RowOf(table.rows().front(), row)));
    lines.push_back(std::move(line));
  }
  if (!in_columns) {
    lines.erase(lines.begin());
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

}  // namespace berth::cli
