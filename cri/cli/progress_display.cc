// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/progress_display.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/status.h"
#include "cri/cli/quantity.h"
#include "cri/cli/terminal_text.h"

namespace berth::cli {
namespace {

constexpr size_t kMaxLines = 1000;  // that change
constexpr size_t kLeastBarWidth = 10;
// So little that BuildSteps keeps it all with the piece that comes on top, of at most 32 KiB, even
// where its lines are empty.
constexpr size_t kMaxHeard = 8 << 10;

std::optional<std::string> ErrorIn(const Json& message) {
  std::optional<std::string> error = JsonString(JsonObject(message, "errorDetail"), "message");
  return error.has_value() ? error : JsonString(message, "error");
}

// A bar as wide as there is room for it, of no more columns than the screen has.
std::string BarLine(absl::string_view head, int64_t current, int64_t total, size_t columns) {
  const std::string numbers = ProgressBar(current, total, 0);
  if (numbers.empty()) {
    return CutTo(head, columns);
  }
  const size_t taken = ColumnsOf(head) + numbers.size() + sizeof(" []  ") - 1;
  const size_t room = std::min(columns - std::min(columns, taken), kProgressBarWidth);
  return CutTo(
      absl::StrCat(head, " ", room < kLeastBarWidth ? numbers : ProgressBar(current, total, room)),
      columns);
}

std::string WithEnds(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    absl::StrAppend(&text, line, "\n");
  }
  return text;
}

}  // namespace

std::string ProgressDisplay::Take(absl::string_view bytes, absl::Time now, const Screen& screen) {
  absl::StrAppend(&rest_, bytes);
  std::string text;
  while (status_.ok() && absl::StrContains(rest_, '\n')) {
    const absl::StatusOr<std::string> shown = ShowNext(now, screen);
    status_ = shown.status();
    absl::StrAppend(&text, shown.value_or(""));
  }
  if (status_.ok() && rest_.size() > kMaxProgressMessage) {
    status_ = absl::ResourceExhaustedError("the daemon's message is too long");
  }
  return text + (has_changed_ ? Redraw(now, screen) : "");
}

std::string ProgressDisplay::Look(absl::Time now, const Screen& screen) {
  return has_changed_ || has_steps() ? Redraw(now, screen) : "";
}

std::string ProgressDisplay::End(const absl::Status& outcome, absl::Time now,
                                 const Screen& screen) {
  if (!has_steps()) {
    return LeaveLines(screen);
  }
  if (steps_.steps().empty()) {  // it was refused
    return block_.Draw({});
  }
  if (outcome.ok()) {
    steps_.Succeed(now);
  } else {
    steps_.Fail(failed_step_, now);
  }
  if (style_ == Style::kLines) {
    return WithEnds(plain_.End(steps_, outcome.message(), now));
  }
  std::string text = block_.Draw(BuildSummary(steps_, begun_, now, screen));
  block_.Leave();
  return text;
}

std::string ProgressDisplay::Redraw(absl::Time now, const Screen& screen) {
  if (now < drawn_at_ + kRedrawPause) {
    return "";
  }
  drawn_at_ = now;
  has_changed_ = false;
  if (style_ == Style::kLines) {
    return TellSteps(now);
  }
  return block_.Draw(style_ == Style::kSteps
                         ? BuildScreen(steps_, begun_, now, screen)
                         : LinesFor(screen, std::max<size_t>(screen.rows, 1) - 1));
}

std::string ProgressDisplay::TellSteps(absl::Time now) {
  std::string text = WithEnds(plain_.Next(steps_, now));
  steps_.Forget();
  heard_ = 0;
  return text;
}

absl::StatusOr<std::string> ProgressDisplay::ShowNext(absl::Time now, const Screen& screen) {
  const size_t end = rest_.find('\n');
  const std::string line = rest_.substr(0, end);
  rest_.erase(0, end + 1);
  if (absl::StripAsciiWhitespace(line).empty()) {
    return "";
  }
  ASSIGN_OR_RETURN(const Json message, ParseJson(line, kMaxProgressMessage));
  return Show(message, now, screen);
}

const Json& ProgressDisplay::Result(absl::string_view key) const {
  static const auto* const kNothing = new Json(Json::object());
  const auto found = results_.find(std::string(key));
  return found == results_.end() ? *kNothing : found->second;
}

absl::StatusOr<std::string> ProgressDisplay::Show(const Json& message, absl::Time now,
                                                  const Screen& screen) {
  if (const std::optional<std::string> error = ErrorIn(message); error.has_value()) {
    return FailWith(message, *error);
  }
  const Json& result = JsonObject(message, "aux");
  if (const std::optional<std::string> id = JsonString(result, "ID"); id.has_value()) {
    steps_.NameImage(*id);
  }
  for (const auto& [key, value] : result.items()) {
    results_[key] = value;
  }
  if (const std::optional<std::string> stream = JsonString(message, "stream"); stream) {
    return ShowStream(message, *stream, now, screen);
  }
  const std::string status = Printable(JsonString(message, "status").value_or(""));
  return status.empty() ? "" : ShowStatus(message, status, screen);
}

absl::Status ProgressDisplay::FailWith(const Json& message, const std::string& error) {
  const Json& detail = JsonObject(message, "errorDetail");
  error_code_ = JsonInteger(detail, "code").value_or(0);
  failed_step_ = static_cast<size_t>(std::max(JsonInteger(detail, "step").value_or(0), int64_t{0}));
  return absl::UnknownError(Printable(error));
}

std::string ProgressDisplay::ShowStream(const Json& message, const std::string& stream,
                                        absl::Time now, const Screen& screen) {
  if (!has_steps()) {
    return LeaveLines(screen) + Printable(stream);
  }
  has_changed_ = true;
  steps_.Take(JsonInteger(message, "stage").value_or(BuildSteps::kWholeBuild), stream, now);
  if (style_ == Style::kLines) {
    heard_ += stream.size();
    return heard_ > kMaxHeard ? TellSteps(now) : "";
  }
  steps_.Forget();
  return "";
}

std::string ProgressDisplay::ShowStatus(const Json& message, const std::string& status,
                                        const Screen& screen) {
  const std::string id = Printable(JsonString(message, "id").value_or(""));
  const Json& detail = JsonObject(message, "progressDetail");
  if (id.empty()) {
    return absl::StrCat(LeaveLines(screen), status, "\n");
  }
  if (style_ == Style::kPlain ||
      style_ == Style::kLines) {  // a line for each piece would drown what matters
    return detail.empty() ? absl::StrCat(id, ": ", status, "\n") : "";
  }
  Change({.id = OneLine(id),
          .status = OneLine(status),
          .current = JsonInteger(detail, "current").value_or(0),
          .total = JsonInteger(detail, "total").value_or(0),
          .is_moving = !detail.empty()});
  return "";
}

void ProgressDisplay::Change(Line line) {
  const auto [place, is_new] = places_.emplace(line.id, lines_.size());
  if (!is_new) {
    lines_[place->second] = std::move(line);
  } else if (lines_.size() < kMaxLines) {
    lines_.push_back(std::move(line));
  } else {
    places_.erase(place);
    return;
  }
  has_changed_ = true;
}

// They stay as they are now, and what is shown next comes below.
std::string ProgressDisplay::LeaveLines(const Screen& screen) {
  if (lines_.empty()) {
    return "";
  }
  std::string text = block_.Draw(LinesFor(screen, lines_.size()));
  block_.Leave();
  lines_.clear();
  places_.clear();
  has_changed_ = false;
  return text;
}

// What does not move has no place where there are too many.
std::vector<std::string> ProgressDisplay::LinesFor(const Screen& screen, size_t most) const {
  const size_t columns = screen.columns > 0 ? screen.columns - 1 : 0;
  size_t excess = lines_.size() - std::min(lines_.size(), most);
  std::vector<std::string> texts;
  for (const Line& line : lines_) {
    if (excess > 0 && !line.is_moving) {
      --excess;
      continue;
    }
    texts.push_back(
        BarLine(absl::StrCat(line.id, ": ", line.status), line.current, line.total, columns));
  }
  texts.resize(std::min(texts.size(), most));
  return texts;
}

std::string ProgressBar(int64_t current, int64_t total, size_t width) {
  if (current <= 0) {
    return "";
  }
  const auto size = [](int64_t bytes) { return HumanSize(static_cast<uint64_t>(bytes)); };
  if (total <= 0 || current > total) {
    return size(current);
  }
  const std::string numbers = absl::StrCat(size(current), "/", size(total));
  if (width == 0) {
    return numbers;
  }
  const double share = static_cast<double>(current) / static_cast<double>(total);
  const size_t full = std::min(static_cast<size_t>(share * static_cast<double>(width)), width - 1);
  return absl::StrCat("[", std::string(full, '='), ">", std::string(width - 1 - full, ' '), "]  ",
                      numbers);
}

}  // namespace berth::cli
