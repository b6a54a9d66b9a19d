// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/log_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"

namespace berth::cri {

std::vector<LogPiece> LogParser::Take(absl::string_view bytes) {
  rest_.append(bytes.data(), bytes.size());
  std::vector<LogPiece> pieces;
  size_t begin = 0;
  for (size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
    const std::string record = rest_.substr(begin, end - begin);
    begin = end + 1;
    const std::vector<std::string> parts = absl::StrSplit(record, absl::MaxSplits(' ', 3));
    absl::Time at;
    if (parts.size() < 4 || !absl::ParseTime(absl::RFC3339_full, parts[0], &at, nullptr)) {
      continue;
    }
    const bool is_error = parts[1] == "stderr";
    const bool whole = absl::StartsWith(parts[2], "F");
    const bool begins = std::exchange(begins_line_, whole);
    const int64_t time = absl::ToUnixNanos(at);
    if (!(is_error ? choice_.error : choice_.out) || time < choice_.since || time > choice_.until) {
      continue;
    }
    pieces.push_back({is_error ? OutputStream::kError : OutputStream::kOut,
                      absl::StrCat(choice_.timestamps && begins ? parts[0] + " " : "", parts[3],
                                   whole ? "\n" : "")});
  }
  rest_.erase(0, begin);
  return pieces;
}

void KeepTail(int64_t lines, std::vector<LogPiece>& pieces) {
  if (lines < 0) {
    return;
  }
  size_t keep = pieces.size();
  for (int64_t seen = 0; keep > 0; --keep) {
    if (absl::EndsWith(pieces[keep - 1].text, "\n") && ++seen > lines) {
      break;
    }
  }
  pieces.erase(pieces.begin(), pieces.begin() + static_cast<std::ptrdiff_t>(keep));
}

}  // namespace berth::cri
