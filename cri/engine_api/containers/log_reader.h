// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "cri/engine_api/containers/stream_pump.h"

namespace berth::cri {

// What of a log a client wants. Times are ns.
struct LogChoice {
  bool out = false, error = false, timestamps = false;
  int64_t since = 0;
  int64_t until = std::numeric_limits<int64_t>::max();
  int64_t tail = -1;  // lines; -1: all
};

struct LogPiece {
  OutputStream stream = OutputStream::kOut;
  std::string text;
};

// Takes a container's log apart (docs/SHIM.md): "<RFC 3339> stdout|stderr F|P payload". What is
// given last without its newline is kept for the next call; what is longer than kMaxRecordSize is
// no record, and dropped. Pure.
class LogParser {
 public:
  explicit LogParser(const LogChoice& choice) : choice_(choice) {}

  // The pieces that are wanted; `tail` is not looked at.
  std::vector<LogPiece> Take(absl::string_view bytes);

 private:
  const LogChoice choice_;
  std::string rest_;
  bool drops_ = false;  // until the next newline
  bool begins_line_ = true;
};

// How many lines end in them. Pure.
int64_t CountLines(const std::vector<LogPiece>& pieces);

// Drops the first `lines` lines, of which fewer may be there; what is left to drop. Pure.
int64_t SkipLines(int64_t lines, std::vector<LogPiece>& pieces);

}  // namespace berth::cri
