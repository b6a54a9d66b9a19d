// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
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
  bool begins_line = true;
  std::string time;  // and a blank, before a line; empty where it is not wanted
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
  // Whether something was said after choice.until: nothing is wanted any more.
  bool is_over() const { return is_over_; }

 private:
  const LogChoice choice_;
  std::string rest_;
  bool drops_ = false;                  // until the next newline
  bool begins_line_[2] = {true, true};  // of stdout, of stderr
  bool is_over_ = false;
};

// Finds where the last `tail` lines begin of what is wanted of a log, from its end backwards. Pure.
class TailSearch {
 public:
  explicit TailSearch(const LogChoice& choice) : choice_(choice) {}

  // `block` is what comes before all that were given; an empty one says that nothing does. How many
  // bytes before the end they begin; nothing while that is not known.
  std::optional<uint64_t> Take(absl::string_view block);

 private:
  const LogChoice choice_;
  std::string rest_;    // of a line whose beginning is not known
  uint64_t after_ = 0;  // bytes behind that
  int64_t lines_ = 0;   // there
};

}  // namespace berth::cri
