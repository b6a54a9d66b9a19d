// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "cri/cli/build_steps.h"

namespace berth::cli {

inline constexpr size_t kPlainLastWords = 10;  // of a step that has failed, told again

// A build in lines that stay, as BuildKit's clients show it where there is no terminal: each step
// has a number, in the order in which they are told of first, and of those that go on at once one
// is told of at a time, whose turn ends when others have more to say. Steps that have ended come
// first. All lines are as OneLine gives them. Pure; for one thread.
class BuildPlain {
 public:
  // What is new since the last time. After it the steps may Forget.
  std::vector<std::string> Next(const BuildSteps& steps, absl::Time now);
  // The last lines, once all steps have ended; `error` is why one has failed.
  std::vector<std::string> End(const BuildSteps& steps, absl::string_view error, absl::Time now);

 private:
  static constexpr size_t kNone = SIZE_MAX;

  // A step that has not been told of to its end.
  struct Open {
    size_t step = 0;     // its place
    size_t number = 0;   // 0 until it is told of
    size_t lines = 0;    // of its output that have been told, or are lost
    size_t notes = 0;    // that have been told
    size_t seen = 0;     // lines and notes, told or not
    size_t waiting = 0;  // bytes of memory of lines that are not told, about
    // What is new since it has had its turn, or since that began.
    size_t news = 0;
    absl::Time news_since;
    bool has_news = false;  // that are not told
  };

  void Watch(const BuildSteps& steps, absl::Time now);
  void TellEnded(const BuildSteps& steps);
  void TellRunning(const BuildSteps& steps, size_t holder, absl::Time now);
  Open* WhoseTurn(size_t holder, absl::Time now);
  void Tell(Open& open, const BuildSteps& steps);
  void TakeTurn(Open& open, const BuildStep& step);
  void TellNews(Open& open, const BuildStep& step);
  void TellOutcome(const Open& open, const BuildStep& step);
  Open* Find(size_t step);
  void Say(const Open& open, absl::string_view text);

  std::vector<Open> open_;
  size_t watched_ = 0;     // steps, from the first
  size_t numbers_ = 0;     // that have been given
  size_t turn_ = kNone;    // the step that the last line is of, and the next may be
  bool is_begun_ = false;  // there are lines
  std::string error_;
  std::vector<std::string> lines_;
};

}  // namespace berth::cli
