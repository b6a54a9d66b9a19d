// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/log_reader.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/log_record.h"

namespace berth::cri {
namespace {

struct TimedRecord {
  LogRecord record;
  int64_t time = 0;  // ns
};

std::optional<TimedRecord> ParseTimedRecord(absl::string_view line) {
  const std::optional<LogRecord> record = ParseLogRecord(line);
  absl::Time at;
  if (line.size() > kMaxRecordSize || !record.has_value() ||
      !absl::ParseTime(absl::RFC3339_full, record->time, &at, nullptr)) {
    return std::nullopt;
  }
  return TimedRecord{*record, absl::ToUnixNanos(at)};
}

bool IsWanted(const TimedRecord& timed, const LogChoice& choice) {
  return (timed.record.to_stderr ? choice.error : choice.out) && timed.time >= choice.since &&
         timed.time <= choice.until;
}

bool EndsWantedLine(absl::string_view line, const LogChoice& choice) {
  const std::optional<TimedRecord> timed = ParseTimedRecord(line);
  return timed.has_value() && !timed->record.partial && IsWanted(*timed, choice);
}

}  // namespace

std::vector<LogPiece> LogParser::Take(absl::string_view bytes) {
  rest_.append(bytes.data(), bytes.size());
  std::vector<LogPiece> pieces;
  size_t begin = 0;
  for (size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
    const std::optional<TimedRecord> timed =
        ParseTimedRecord(absl::string_view(rest_).substr(begin, end - begin));
    begin = end + 1;
    if (std::exchange(drops_, false) || !timed.has_value()) {
      continue;
    }
    const LogRecord& record = timed->record;
    const bool begins = std::exchange(begins_line_[record.to_stderr ? 1 : 0], !record.partial);
    is_over_ = is_over_ || timed->time > choice_.until;
    if (is_over_ || !IsWanted(*timed, choice_)) {
      continue;
    }
    pieces.push_back({.stream = record.to_stderr ? OutputStream::kError : OutputStream::kOut,
                      .begins_line = begins,
                      .time = choice_.timestamps && begins ? absl::StrCat(record.time, " ") : "",
                      .text = absl::StrCat(record.text, record.partial ? "" : "\n")});
  }
  rest_.erase(0, begin);
  if (rest_.size() > kMaxRecordSize) {
    rest_.clear();
    drops_ = true;
  }
  return pieces;
}

std::optional<uint64_t> TailSearch::Take(absl::string_view block) {
  const std::string text = absl::StrCat(block, rest_);
  size_t end = text.size();
  while (end > 0) {
    const size_t newline = end < 2 ? std::string::npos : text.rfind('\n', end - 2);
    if (newline == std::string::npos && !block.empty()) {
      break;
    }
    const size_t begin = newline + 1;  // 0 without one
    if (text[end - 1] == '\n' &&
        EndsWantedLine(absl::string_view(text).substr(begin, end - 1 - begin), choice_)) {
      if (lines_ == choice_.tail) {
        return after_ + text.size() - end;
      }
      ++lines_;
    }
    end = begin;
  }
  const bool is_too_long = end > kMaxRecordSize;  // it is no record
  after_ += text.size() - (is_too_long ? 0 : end);
  rest_ = text.substr(0, is_too_long ? 0 : end);
  return std::nullopt;
}

}  // namespace berth::cri
