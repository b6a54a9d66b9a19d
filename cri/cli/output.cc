// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/output.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/util/json_util.h"

#include "base/short_id.h"
#include "base/time_text.h"

namespace berth::cli {
namespace {

constexpr size_t kColumnGap = 3;
constexpr size_t kShownCommand = 20;

bool IsContinuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;  // of a UTF-8 character
}

size_t Width(absl::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return !IsContinuation(byte); }));
}

std::string WithoutControls(absl::string_view text) {
  constexpr unsigned char kDelete = 0x7f;
  std::string shown;
  for (char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    if (code < ' ' || code == kDelete) {
      absl::StrAppendFormat(&shown, "\\x%02x", code);
    } else {
      shown.push_back(byte);
    }
  }
  return shown;
}

// "MemUsage" of "MEM USAGE / LIMIT".
std::string FieldOf(const std::string& header) {
  std::string field;
  for (const absl::string_view word : absl::StrSplit(header.substr(0, header.find('/')), ' ')) {
    const std::string lower = absl::AsciiStrToLower(word);
    absl::StrAppend(&field, absl::AsciiStrToUpper(lower.substr(0, 1)),
                    lower.empty() ? "" : lower.substr(1));
  }
  return field;
}

// The first `characters` characters.
absl::string_view Prefix(absl::string_view text, size_t characters) {
  size_t end = 0;
  while (end < text.size() && (characters > 0 || IsContinuation(text[end]))) {
    characters -= IsContinuation(text[end]) ? 0 : 1;
    ++end;
  }
  return text.substr(0, end);
}

}  // namespace

Table::Table(Columns columns, size_t least_width)
    : columns_(std::move(columns)), least_width_(least_width) {
  for (Column& column : columns_) {
    if (column.field.empty()) {
      column.field = FieldOf(column.header);
    }
  }
}

void Table::Add(std::vector<std::string> cells, std::map<std::string, std::string> labels) {
  for (std::string& cell : cells) {
    cell = WithoutControls(cell);
  }
  rows_.push_back({std::move(cells), std::move(labels)});
}

std::string Table::str() const {
  std::vector<std::vector<absl::string_view>> lines(rows_.size() + 1);
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (!columns_[i].is_hidden) {
      lines[0].push_back(columns_[i].header);
      for (size_t row = 0; row < rows_.size(); ++row) {
        lines[row + 1].push_back(rows_[row].cells[i]);
      }
    }
  }
  std::vector<size_t> widths(lines[0].size(), least_width_);
  for (const std::vector<absl::string_view>& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], Width(line[i]) + kColumnGap);
    }
  }
  std::string text;
  for (const std::vector<absl::string_view>& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) {
      const bool is_last = i + 1 == line.size();
      absl::StrAppend(&text, line[i], std::string(is_last ? 0 : widths[i] - Width(line[i]), ' '));
    }
    text += '\n';
  }
  return text;
}

std::string ShortId(absl::string_view id, bool whole) {
  return whole ? std::string(id) : berth::ShortId(id);
}

std::string Ellipsis(const std::string& text, size_t characters) {
  return Width(text) <= characters ? text : absl::StrCat(Prefix(text, characters - 1), "…");
}

std::string QuotedCommand(const std::vector<std::string>& command, bool whole) {
  const std::string text = absl::StrJoin(command, " ");
  return absl::StrCat("\"", whole ? text : Ellipsis(text, kShownCommand), "\"");
}

std::string StateName(v1::ContainerState state) {
  switch (state) {
    case v1::CONTAINER_CREATED:
      return "created";
    case v1::CONTAINER_RUNNING:
      return "running";
    case v1::CONTAINER_EXITED:
      return "exited";
    default:
      return "unknown";
  }
}

std::string StateName(v1::PodSandboxState state) {
  return state == v1::SANDBOX_READY ? "ready" : "notready";
}

std::string StatusText(const v1::ContainerStatus& status, absl::Time now) {
  switch (status.state()) {
    case v1::CONTAINER_CREATED:
      return "Created";
    case v1::CONTAINER_RUNNING:
      return absl::StrCat("Up ", HumanDuration(now - absl::FromUnixNanos(status.started_at())));
    case v1::CONTAINER_EXITED:
      return absl::StrCat("Exited (", status.exit_code(), ") ",
                          HumanDuration(now - absl::FromUnixNanos(status.finished_at())), " ago");
    default:
      return "Unknown";
  }
}

std::string PortText(const v1::PortMapping& port) {
  const std::string protocol =
      port.protocol() == v1::UDP ? "udp" : (port.protocol() == v1::SCTP ? "sctp" : "tcp");
  const std::string inside = absl::StrCat(port.container_port(), "/", protocol);
  if (port.host_port() == 0) {
    return inside;
  }
  const std::string host = port.host_ip().empty() ? "0.0.0.0" : port.host_ip();
  const bool v6 = absl::StrContains(host, ':');
  return absl::StrCat(v6 ? "[" : "", host, v6 ? "]" : "", ":", port.host_port(), "->", inside);
}

Json MessageJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) {
    return Json::object();
  }
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

std::string Pretty(const Json& json) {
  constexpr int kIndent = 4;
  return absl::StrCat(json.dump(kIndent, ' ', false, Json::error_handler_t::replace), "\n");
}

void Print(absl::string_view text) {
  fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace berth::cli
