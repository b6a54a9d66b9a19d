// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <unistd.h>

#include <atomic>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "base/json.h"

namespace berth {
namespace {

constexpr size_t kMaxValueSize = 4096;

std::atomic<LogLevel> g_level = LogLevel::kInfo;
std::atomic<LogFormat> g_format = LogFormat::kText;

absl::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

bool IsPlain(absl::string_view value) {
  for (char c : value) {
    if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c >= 0x7f) {
      return false;
    }
  }
  return !value.empty();
}

std::string Quoted(absl::string_view value) {
  return FormatJson(std::string(value.substr(0, kMaxValueSize)));
}

void AppendText(std::string& line, absl::string_view key, absl::string_view value) {
  absl::StrAppend(
      &line, line.empty() ? "" : " ", key, "=",
      IsPlain(value) && value.size() <= kMaxValueSize ? std::string(value) : Quoted(value));
}

void AppendJson(std::string& line, absl::string_view key, absl::string_view value) {
  absl::StrAppend(&line, line.empty() ? "{" : ",", Quoted(key), ":", Quoted(value));
}

}  // namespace

void SetLogLevel(LogLevel level) {
  g_level = level;
}
void SetLogFormat(LogFormat format) {
  g_format = format;
}

std::optional<LogLevel> ParseLogLevel(absl::string_view name) {
  for (LogLevel level : {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    if (LevelName(level) == name) {
      return level;
    }
  }
  return std::nullopt;
}

std::string FormatLogLine(LogFormat format, absl::string_view time, LogLevel level,
                          absl::string_view message, LogFields fields) {
  auto append = format == LogFormat::kText ? AppendText : AppendJson;
  std::string line;
  append(line, "time", time);
  append(line, "level", LevelName(level));
  append(line, "msg", message);
  for (const LogField& field : fields) {
    append(line, field.key, field.value);
  }
  if (format == LogFormat::kJson) {
    line += "}";
  }
  return line;
}

void Log(LogLevel level, absl::string_view message, LogFields fields) {
  if (level < g_level.load(std::memory_order_relaxed)) {
    return;
  }
  std::string time = absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone());
  std::string line = FormatLogLine(g_format, time, level, message, fields) + "\n";
  (void)!write(STDERR_FILENO, line.data(), line.size());  // nowhere to report to
}

}  // namespace berth
