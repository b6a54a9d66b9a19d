// SPDX-License-Identifier: Apache-2.0
#include "base/log_record.h"

namespace berth {
namespace {

// Takes what is before the next space off `rest`; false when there is no space.
bool TakeField(absl::string_view& rest, absl::string_view& field) {
  const size_t space = rest.find(' ');
  if (space == absl::string_view::npos) {
    return false;
  }
  field = rest.substr(0, space);
  rest.remove_prefix(space + 1);
  return true;
}

}  // namespace

std::optional<LogRecord> ParseLogRecord(absl::string_view line) {
  LogRecord record;
  absl::string_view stream, tags;
  if (!TakeField(line, record.time) || !TakeField(line, stream) || !TakeField(line, tags)) {
    return std::nullopt;
  }
  const absl::string_view first_tag = tags.substr(0, tags.find(':'));
  if (record.time.empty() || (stream != "stdout" && stream != "stderr") ||
      (first_tag != "P" && first_tag != "F")) {
    return std::nullopt;
  }
  record.to_stderr = stream == "stderr";
  record.partial = first_tag == "P";
  record.text = line;
  return record;
}

std::optional<size_t> TailStart(absl::string_view text, size_t lines) {
  size_t end = text.size();
  size_t found = 0;
  size_t start_of_line = text.size();
  while (end > 0) {
    const size_t newline = end < 2 ? absl::string_view::npos : text.rfind('\n', end - 2);
    const size_t start = newline == absl::string_view::npos ? 0 : newline + 1;
    const std::optional<LogRecord> record =
        ParseLogRecord(text.substr(start, end - start - (text[end - 1] == '\n' ? 1 : 0)));
    const bool full = record.has_value() && !record->partial;
    if (full && found == lines) {
      return start_of_line;
    }
    found += full ? 1 : 0;
    start_of_line = start;
    end = start;
  }
  return std::nullopt;
}

}  // namespace berth
