// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/log_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/log_record.h"

namespace berth::cri {

std::vector<LogPiece> LogParser::Take(absl::string_view bytes) {
  rest_.append(bytes.data(), bytes.size());
  std::vector<LogPiece> pieces;
  size_t begin = 0;
  for (size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
    const std::optional<LogRecord> record =
        ParseLogRecord(absl::string_view(rest_).substr(begin, end - begin));
    begin = end + 1;
    absl::Time at;
    if (std::exchange(drops_, false) || !record.has_value() ||
        !absl::ParseTime(absl::RFC3339_full, record->time, &at, nullptr)) {
      continue;
    }
    const bool begins = std::exchange(begins_line_, !record->partial);
    const int64_t time = absl::ToUnixNanos(at);
    if (!(record->to_stderr ? choice_.error : choice_.out) || time < choice_.since ||
        time > choice_.until) {
      continue;
    }
    pieces.push_back({record->to_stderr ? OutputStream::kError : OutputStream::kOut,
                      absl::StrCat(choice_.timestamps && begins ? record->time : "",
                                   choice_.timestamps && begins ? " " : "", record->text,
                                   record->partial ? "" : "\n")});
  }
  rest_.erase(0, begin);
  if (rest_.size() > kMaxRecordSize) {
    rest_.clear();
    drops_ = true;
  }
  return pieces;
}

int64_t CountLines(const std::vector<LogPiece>& pieces) {
  return std::count_if(pieces.begin(), pieces.end(),
                       [](const LogPiece& piece) { return absl::EndsWith(piece.text, "\n"); });
}

int64_t SkipLines(int64_t lines, std::vector<LogPiece>& pieces) {
  auto kept = pieces.begin();
  while (lines > 0 && kept != pieces.end()) {
    lines -= absl::EndsWith(kept->text, "\n") ? 1 : 0;
    ++kept;
  }
  pieces.erase(pieces.begin(), kept);
  return lines;
}

}  // namespace berth::cri
