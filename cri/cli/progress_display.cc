// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/progress_display.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/status.h"
#include "cri/cli/quantity.h"

namespace berth::cli {
namespace {

constexpr size_t kMaxLines = 1000;  // that change
constexpr int64_t kBarWidth = 50;

// What may reach a terminal of words that come from elsewhere.
std::string Printable(absl::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c >= 0 && c < ' ' && c != '\n' && c != '\t' && c != '\r' ? '?' : c;
  }
  return out;
}

std::optional<std::string> ErrorIn(const Json& message) {
  std::optional<std::string> error = JsonString(JsonObject(message, "errorDetail"), "message");
  return error.has_value() ? error : JsonString(message, "error");
}

}  // namespace

std::string ProgressDisplay::Take(absl::string_view bytes) {
  absl::StrAppend(&rest_, bytes);
  std::string text;
  while (status_.ok() && absl::StrContains(rest_, '\n')) {
    const absl::StatusOr<std::string> shown = ShowNext();
    status_ = shown.status();
    absl::StrAppend(&text, shown.value_or(""));
  }
  if (status_.ok() && rest_.size() > kMaxProgressMessage) {
    status_ = absl::ResourceExhaustedError("the daemon's message is too long");
  }
  return text;
}

absl::StatusOr<std::string> ProgressDisplay::ShowNext() {
  const size_t end = rest_.find('\n');
  const std::string line = rest_.substr(0, end);
  rest_.erase(0, end + 1);
  if (absl::StripAsciiWhitespace(line).empty()) {
    return "";
  }
  ASSIGN_OR_RETURN(const Json message, ParseJson(line, kMaxProgressMessage));
  return Show(message);
}

const Json& ProgressDisplay::Result(absl::string_view key) const {
  static const auto* const kNothing = new Json(Json::object());
  const auto found = results_.find(std::string(key));
  return found == results_.end() ? *kNothing : found->second;
}

absl::StatusOr<std::string> ProgressDisplay::Show(const Json& message) {
  if (const std::optional<std::string> error = ErrorIn(message); error.has_value()) {
    error_code_ = JsonInteger(JsonObject(message, "errorDetail"), "code").value_or(0);
    return absl::UnknownError(Printable(*error));
  }
  const Json& result = JsonObject(message, "aux");
  for (const auto& [key, value] : result.items()) {
    results_[key] = value;
  }
  if (const std::optional<std::string> stream = JsonString(message, "stream"); stream) {
    lines_.clear();
    return Printable(*stream);
  }
  const std::string status = Printable(JsonString(message, "status").value_or(""));
  if (status.empty()) {
    return "";
  }
  const std::string id = Printable(JsonString(message, "id").value_or(""));
  const Json& detail = JsonObject(message, "progressDetail");
  if (id.empty()) {
    lines_.clear();
    return absl::StrCat(status, "\n");
  }
  if (!terminal_) {  // a line for each piece would drown what matters
    return detail.empty() ? absl::StrCat(id, ": ", status, "\n") : "";
  }
  const std::string bar = ProgressBar(JsonInteger(detail, "current").value_or(0),
                                      JsonInteger(detail, "total").value_or(0));
  return ShowLine(id, absl::StrCat(id, ": ", status, bar.empty() ? "" : " ", bar));
}

std::string ProgressDisplay::ShowLine(const std::string& id, const std::string& text) {
  const auto found = lines_.find(id);
  if (found == lines_.end()) {
    if (lines_.size() < kMaxLines) {
      lines_.emplace(id, lines_.size());
    }
    return absl::StrCat(text, "\n");
  }
  const size_t up = lines_.size() - found->second;
  return absl::StrCat("\x1b[", up, "A\x1b[2K\r", text, "\x1b[", up, "B\r");
}

std::string ProgressBar(int64_t current, int64_t total) {
  if (current <= 0) {
    return "";
  }
  const auto size = [](int64_t bytes) { return HumanSize(static_cast<uint64_t>(bytes)); };
  if (total <= 0 || current > total) {
    return size(current);
  }
  const int64_t full = std::min(current * kBarWidth / total, kBarWidth - 1);
  return absl::StrCat("[", std::string(full, '='), ">", std::string(kBarWidth - 1 - full, ' '),
                      "]  ", size(current), "/", size(total));
}

}  // namespace berth::cli
