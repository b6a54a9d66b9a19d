// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "absl/strings/string_view.h"

// The kubelet's log format: "<RFC 3339 time> stdout|stderr P|F[:tag...] <text>\n". Pure.
namespace berth {

// The longest line that is taken for a record; the format's writers cut text at 16 KiB.
inline constexpr size_t kMaxRecordSize = 1 << 20;

// Views of the line it was parsed from.
struct LogRecord {
  absl::string_view time;
  bool to_stderr = false;
  bool partial = false;  // no newline follows the text
  absl::string_view text;
};

// `line` without its newline. nullopt when it is no record.
std::optional<LogRecord> ParseLogRecord(absl::string_view line);

// Where the last `lines` lines of a log begin in `text`, which ends it and begins at a record or in
// the middle of one. A line is the partial records up to a full one. nullopt when `text` holds
// fewer: then it must begin earlier.
std::optional<size_t> TailStart(absl::string_view text, size_t lines);

}  // namespace berth
