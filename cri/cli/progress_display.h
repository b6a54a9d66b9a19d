// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/json.h"
#include "cri/cli/build_plain.h"
#include "cri/cli/build_screen.h"
#include "cri/cli/build_steps.h"
#include "cri/cli/screen_block.h"

namespace berth::cli {

inline constexpr size_t kMaxProgressMessage = 1 << 20;

// What a pull, push, load or build says while it goes on: the Engine API's stream of JSON messages,
// as docker shows it. For one thread; pure, times are SteadyNow()'s.
class ProgressDisplay {
 public:
  enum class Style {
    kPlain,  // what is new is a line
    kBars,   // on a screen: a line a layer, which changes
    kSteps,  // on a screen: a build's steps
    kLines,  // the same in lines that stay
  };

  // The screen is drawn anew no more often than this, nor are steps told of that say little.
  static constexpr absl::Duration kRedrawPause = absl::Milliseconds(100);

  ProgressDisplay(Style style, absl::Time begun) : style_(style), begun_(begun) {}

  // The text for the output after these bytes, which may end in the middle of a message. Nothing
  // after a failure.
  std::string Take(absl::string_view bytes, absl::Time now, const Screen& screen);
  // The same once a while when nothing has come: seconds go on.
  std::string Look(absl::Time now, const Screen& screen);
  // The last text, once the operation has ended so.
  std::string End(const absl::Status& outcome, absl::Time now, const Screen& screen);

  Style style() const { return style_; }

  // The operation's own error, or that something was no message.
  const absl::Status& status() const { return status_; }
  // The code of the operation's error; 0 when it has none.
  int64_t error_code() const { return error_code_; }

  // The last member "aux" that has `key`; an empty object when there was none.
  const berth::Json& Result(absl::string_view key) const;

 private:
  // Of a layer.
  struct Line {
    std::string id;
    std::string status;
    int64_t current = 0;
    int64_t total = 0;
    bool is_moving = false;
  };

  absl::StatusOr<std::string> ShowNext(absl::Time now, const Screen& screen);
  absl::StatusOr<std::string> Show(const berth::Json& message, absl::Time now,
                                   const Screen& screen);
  std::string ShowStream(const berth::Json& message, const std::string& stream, absl::Time now,
                         const Screen& screen);
  std::string ShowStatus(const berth::Json& message, const std::string& status,
                         const Screen& screen);
  absl::Status FailWith(const berth::Json& message, const std::string& error);
  void Change(Line line);
  std::string LeaveLines(const Screen& screen);
  std::string Redraw(absl::Time now, const Screen& screen);
  std::string TellSteps(absl::Time now);
  bool has_steps() const { return style_ == Style::kSteps || style_ == Style::kLines; }
  std::vector<std::string> LinesFor(const Screen& screen, size_t most) const;

  const Style style_;
  const absl::Time begun_;
  absl::Status status_;
  int64_t error_code_ = 0;
  size_t failed_step_ = 0;
  std::string rest_;                            // of a message that has not ended
  std::map<std::string, berth::Json> results_;  // by key

  std::vector<Line> lines_;
  std::map<std::string, size_t> places_;  // in lines_, by id
  BuildSteps steps_;
  BuildPlain plain_;
  size_t heard_ = 0;  // bytes of which it has not been asked yet
  ScreenBlock block_;
  bool has_changed_ = false;  // since it was drawn
  absl::Time drawn_at_ = absl::InfinitePast();
};

// "[=====>     ]  1.2MB/5MB", of so many columns between the brackets, without them if that is 0;
// empty when nothing is known. Pure.
inline constexpr size_t kProgressBarWidth = 50;
std::string ProgressBar(int64_t current, int64_t total, size_t width = kProgressBarWidth);

}  // namespace berth::cli
