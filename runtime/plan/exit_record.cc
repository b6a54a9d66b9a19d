// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/exit_record.h"

#include <charconv>
#include <cstring>

namespace berth::runtime {
namespace {

constexpr std::string_view kExitCode = "exit_code=";
constexpr std::string_view kOomKilled = " oom_killed=";
constexpr std::string_view kStartedAt = " started_at=";
constexpr std::string_view kFinishedAt = " finished_at=";

class Cursor {
 public:
  explicit Cursor(std::span<char> space) : next_(space.data()), end_(next_ + space.size()) {}

  template <typename T>
  void Add(std::string_view name, T value) {
    memcpy(next_, name.data(), name.size());
    next_ = std::to_chars(next_ + name.size(), end_, value).ptr;
  }
  void Add(char c) { *next_++ = c; }
  const char* next() const { return next_; }

 private:
  char* next_;
  char* end_;
};

template <typename T>
bool Take(std::string_view& text, std::string_view name, T& value) {
  if (!text.starts_with(name)) {
    return false;
  }
  text.remove_prefix(name.size());
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return error == std::errc();
}

}  // namespace

std::string_view FormatExitRecord(const ExitRecord& record,
                                  std::span<char, kMaxExitRecordSize> space) {
  Cursor cursor(space);
  cursor.Add(kExitCode, record.exit_code);
  cursor.Add(kOomKilled, record.oom_killed ? 1 : 0);
  cursor.Add(kStartedAt, record.started_at);
  cursor.Add(kFinishedAt, record.finished_at);
  cursor.Add('\n');
  return {space.data(), static_cast<size_t>(cursor.next() - space.data())};
}

std::optional<ExitRecord> ParseExitRecord(std::string_view text) {
  ExitRecord record;
  uint8_t oom_killed = 0;
  bool whole = Take(text, kExitCode, record.exit_code) && Take(text, kOomKilled, oom_killed) &&
               Take(text, kStartedAt, record.started_at) &&
               Take(text, kFinishedAt, record.finished_at) && text == "\n" && oom_killed <= 1;
  record.oom_killed = oom_killed == 1;
  return whole ? std::optional<ExitRecord>(record) : std::nullopt;
}

}  // namespace berth::runtime
