// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/log_record.h"

#include <time.h>

#include <algorithm>
#include <cstring>

#include "base/sys/clock.h"

namespace berth::shim {
namespace {

constexpr size_t kSecondsSize = 20;  // "2026-01-02T03:04:05."
constexpr size_t kTagAt = kLogHeadSize - 2;

void PutDigits(char* where, int digits, int64_t number) {
  for (int i = digits - 1; i >= 0; --i) {
    where[i] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
}

void PutSeconds(char* where, int64_t seconds) {
  const time_t time = static_cast<time_t>(seconds);
  tm parts = {};
  gmtime_r(&time, &parts);
  memcpy(where, "0000-00-00T00:00:00.", kSecondsSize);
  PutDigits(where, 4, parts.tm_year + 1900);
  PutDigits(where + 5, 2, parts.tm_mon + 1);
  PutDigits(where + 8, 2, parts.tm_mday);
  PutDigits(where + 11, 2, parts.tm_hour);
  PutDigits(where + 14, 2, parts.tm_min);
  PutDigits(where + 17, 2, parts.tm_sec);
}

}  // namespace

void FormatLogHead(std::span<char, kLogHeadSize> head, int64_t time, LogStream stream,
                   bool partial) {
  PutSeconds(head.data(), time / sys::kSecond);
  PutDigits(head.data() + kSecondsSize, 9, time % sys::kSecond);
  memcpy(head.data() + kSecondsSize + 9, stream == LogStream::kStdout ? "Z stdout " : "Z stderr ",
         9);
  head[kTagAt] = partial ? 'P' : 'F';
  head[kTagAt + 1] = ' ';
}

LogPiece TakeLogPiece(std::string_view pending, bool at_end) {
  std::string_view within = pending.substr(0, kMaxLogPayload + 1);  // one more for the newline
  if (size_t newline = within.find('\n'); newline != std::string_view::npos) {
    return {within.substr(0, newline), false, newline + 1};
  }
  if (within.size() > kMaxLogPayload || (at_end && !within.empty())) {
    std::string_view part = within.substr(0, kMaxLogPayload);
    return {part, true, part.size()};
  }
  return {};
}

}  // namespace berth::shim
