// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_plain.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "cri/cli/build_failure.h"
#include "cri/cli/terminal_text.h"

namespace berth::cli {
namespace {

using State = BuildStep::State;

// BuildKit's: how long one is told of before another, and how long another may have to wait.
constexpr absl::Duration kTurn = absl::Seconds(5);
constexpr absl::Duration kMaxWait = absl::Seconds(10);
// Ours: of more, lines would soon be lost.
constexpr size_t kMaxWaiting = kMaxStepOutput / 2;

size_t LinesOf(const BuildStep& step) {
  return step.lost + step.output.size();
}

size_t BytesAfter(const BuildStep& step, size_t told) {
  const size_t untold = std::min(LinesOf(step) - told, step.output.size());
  return untold == 0 ? 0 : step.output_bytes / step.output.size() * untold;
}

double PerSecond(size_t count, absl::Duration since) {
  return static_cast<double>(count) / absl::ToDoubleSeconds(std::max(since, absl::Milliseconds(1)));
}

}  // namespace

std::vector<std::string> BuildPlain::Next(const BuildSteps& steps, absl::Time now) {
  const size_t holder = turn_;
  Watch(steps, now);
  TellEnded(steps);
  TellRunning(steps, holder, now);
  return std::exchange(lines_, {});
}

std::vector<std::string> BuildPlain::End(const BuildSteps& steps, absl::string_view error,
                                         absl::Time now) {
  error_ = OneLine(error);
  std::vector<std::string> lines = Next(steps, now);
  absl::c_move(BuildFailure(steps, kPlainLastWords), std::back_inserter(lines));
  return lines;
}

void BuildPlain::Watch(const BuildSteps& steps, absl::Time now) {
  for (Open& open : open_) {
    const BuildStep& step = steps.steps()[open.step];
    const size_t seen = LinesOf(step) + step.notes.size();
    const size_t news = seen - open.seen + (step.state == State::kRunning ? 0U : 1U);
    if (news > 0) {
      open.news_since = open.news == 0 ? now : open.news_since;
      open.news += news;
      open.seen = seen;
      open.has_news = true;
      open.waiting = BytesAfter(step, open.lines);
    }
  }
  for (; watched_ < steps.steps().size(); ++watched_) {
    const BuildStep& step = steps.steps()[watched_];
    const size_t seen = LinesOf(step) + step.notes.size();
    open_.push_back(
        {.step = watched_, .seen = seen, .news = seen + 1, .news_since = now, .has_news = true});
  }
}

void BuildPlain::TellEnded(const BuildSteps& steps) {
  const auto has_ended = [&steps](const Open& open) {
    return steps.steps()[open.step].state != State::kRunning;
  };
  std::vector<Open*> ended;
  for (Open& open : open_) {
    if (has_ended(open)) {
      ended.push_back(&open);
    }
  }
  absl::c_stable_sort(ended, [&](const Open* a, const Open* b) {
    const auto order = [&](const Open* open) {
      return std::make_pair(open->step != turn_, steps.steps()[open->step].ended);
    };
    return order(a) < order(b);
  });
  for (Open* open : ended) {
    Tell(*open, steps);
  }
  open_.erase(std::remove_if(open_.begin(), open_.end(), has_ended), open_.end());
}

void BuildPlain::TellRunning(const BuildSteps& steps, size_t holder, absl::Time now) {
  Open* const held = Find(holder);
  const bool is_news = absl::c_any_of(open_, [](const Open& open) { return open.has_news; });
  if (!is_news) {
    if (held == nullptr && !open_.empty()) {
      Tell(open_.front(), steps);
    }
    return;
  }
  if (held != nullptr && held->has_news) {
    Tell(*held, steps);
  }
  if (Open* const next = WhoseTurn(holder, now); next != nullptr) {
    Tell(*next, steps);
  }
}

// Null for nobody else's. Whoever has waited too long is first, then who has most to say, once the
// holder has had time for as large a share as is its own.
BuildPlain::Open* BuildPlain::WhoseTurn(size_t holder, absl::Time now) {
  double all = 0;
  double most = -1;
  Open* busiest = nullptr;
  for (Open& open : open_) {
    if (!open.has_news && open.step != holder) {
      continue;
    }
    const absl::Duration since = now - open.news_since;
    if (open.step != holder && (since > kMaxWait || open.waiting > kMaxWaiting)) {
      return &open;
    }
    const double speed = PerSecond(open.news, since);
    all += speed;
    if (speed > most) {
      most = speed;
      busiest = &open;
    }
  }
  const Open* const held = Find(holder);
  if (held == nullptr) {
    return busiest;
  }
  const absl::Duration since = now - held->news_since;
  const double others = all > 0 ? 1 - PerSecond(held->news, since) / all : 0;
  return others * since > kTurn && busiest != held ? busiest : nullptr;
}

void BuildPlain::Tell(Open& open, const BuildSteps& steps) {
  const BuildStep& step = steps.steps()[open.step];
  if (open.number == 0) {
    open.number = ++numbers_;
  }
  if (open.step != turn_) {
    TakeTurn(open, step);
  }
  TellNews(open, step);
  turn_ = open.step;
  if (step.state != State::kRunning) {
    TellOutcome(open, step);
    turn_ = kNone;
  }
}

void BuildPlain::TakeTurn(Open& open, const BuildStep& step) {
  if (Open* const before = Find(turn_); before != nullptr) {
    Say(*before, "...");
    before->news = 0;
  }
  if (std::exchange(is_begun_, true)) {
    lines_.emplace_back();
  }
  Say(open, absl::StrCat(step.state == State::kWarning ? "WARN: " : "", step.name));
}

void BuildPlain::TellNews(Open& open, const BuildStep& step) {
  open.has_news = false;
  open.waiting = 0;
  for (; open.notes < step.notes.size(); ++open.notes) {
    Say(open, absl::StrCat(step.notes[open.notes], " done"));
  }
  if (open.lines < step.lost) {
    Say(open, absl::StrCat("(", step.lost - open.lines, " lines are not kept)"));
    open.lines = step.lost;
  }
  for (; open.lines < LinesOf(step); ++open.lines) {
    Say(open, SaidAt(step.output[open.lines - step.lost]));
  }
}

void BuildPlain::TellOutcome(const Open& open, const BuildStep& step) {
  switch (step.state) {
    case State::kFailed:
      return Say(open, absl::StrCat("ERROR: ", error_));
    case State::kCanceled:
      return Say(open, "CANCELED");
    case State::kCached:
      return Say(open, "CACHED");
    case State::kDone: {
      const double seconds = std::max(absl::ToDoubleSeconds(step.ended - step.begun), 0.0);
      return Say(open, absl::StrFormat("DONE %.1fs", seconds));
    }
    default:
      return;
  }
}

BuildPlain::Open* BuildPlain::Find(size_t step) {
  const auto found = absl::c_find_if(open_, [step](const Open& open) { return open.step == step; });
  return found == open_.end() ? nullptr : &*found;
}

void BuildPlain::Say(const Open& open, absl::string_view text) {
  lines_.push_back(absl::StrCat("#", open.number, " ", text));
}

}  // namespace berth::cli
