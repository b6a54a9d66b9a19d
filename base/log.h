// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

// Events to stderr, one a line: `time=… level=info msg="pod started" pod=4f2…`. Thread-safe; a line
// is one write(2). Values are quoted where needed and control characters escaped, so nothing from
// outside can forge a line. Values longer than 4 KiB are cut.
namespace berth {

enum class LogLevel { kDebug, kInfo, kWarning, kError };
enum class LogFormat { kText, kJson };

struct LogField {
  absl::string_view key;
  absl::string_view value;
};
using LogFields = std::initializer_list<LogField>;

// Both may be called at any time; the defaults are kInfo and kText.
void SetLogLevel(LogLevel level);
void SetLogFormat(LogFormat format);

std::optional<LogLevel> ParseLogLevel(absl::string_view name);  // debug, info, warn, error

void Log(LogLevel level, absl::string_view message, LogFields fields);

inline void LogDebug(absl::string_view message, LogFields fields = {}) {
  Log(LogLevel::kDebug, message, fields);
}
inline void LogInfo(absl::string_view message, LogFields fields = {}) {
  Log(LogLevel::kInfo, message, fields);
}
inline void LogWarning(absl::string_view message, LogFields fields = {}) {
  Log(LogLevel::kWarning, message, fields);
}
inline void LogError(absl::string_view message, LogFields fields = {}) {
  Log(LogLevel::kError, message, fields);
}

// The line that Log would write, without its newline. Pure; for tests.
std::string FormatLogLine(LogFormat format, absl::string_view time, LogLevel level,
                          absl::string_view message, LogFields fields);

}  // namespace berth
