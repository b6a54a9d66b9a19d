// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

// The kubelet's log format: "<time> <stream> <tag> <payload>\n". Pure.
namespace berth::shim {

inline constexpr size_t kMaxLogPayload = 16 * 1024;

enum class LogStream : uint8_t { kStdout, kStderr };

// "2026-01-02T03:04:05.000000006Z stdout F ": always this long.
inline constexpr size_t kLogHeadSize = 40;

// Writes the head of a record of `time` (ns since the epoch, until the year 9999).
void FormatLogHead(std::span<char, kLogHeadSize> head, int64_t time, LogStream stream,
                   bool partial);

// The first record of what a stream has said.
struct LogPiece {
  std::string_view payload;  // without the newline; a terminal's has a carriage return before it
  bool partial = false;      // the line goes on
  size_t consumed = 0;       // of `pending`; 0: no whole record yet
};

// A line is one record; of a line longer than kMaxLogPayload, each kMaxLogPayload bytes; at the end
// of the stream, what is left, as partial.
LogPiece TakeLogPiece(std::string_view pending, bool at_end);

}  // namespace berth::shim
