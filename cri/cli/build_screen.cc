// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_screen.h"

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

constexpr size_t kWindow = 6;           // lines of what a step says
constexpr size_t kLeastNameWidth = 12;  // beside its seconds
constexpr absl::string_view kMark = " => ";

const char* ColourOf(State state) {
  switch (state) {
    case State::kRunning:
      return "";
    case State::kFailed:
      return "31";
    case State::kCanceled:
    case State::kWarning:
      return "33";
    default:
      return "34";
  }
}

const char* PrefixOf(State state) {
  switch (state) {
    case State::kCached:
      return "CACHED ";
    case State::kFailed:
      return "ERROR ";
    case State::kCanceled:
      return "CANCELED ";
    case State::kWarning:
      return "WARN: ";
    default:
      return "";
  }
}

std::string Coloured(const std::string& line, absl::string_view colour, const Screen& screen) {
  return screen.has_colours && !colour.empty() ? absl::StrCat("\x1b[", colour, "m", line, "\x1b[0m")
                                               : line;
}

size_t WidthOf(const Screen& screen) {
  return screen.columns > 0 ? screen.columns - 1 : 0;
}

double SecondsOf(absl::Duration duration) {
  return std::max(absl::ToDoubleSeconds(duration), 0.0);
}

std::string StepLine(const BuildStep& step, absl::Time now, const Screen& screen) {
  const size_t width = WidthOf(screen);
  const absl::Time end = step.state == State::kRunning ? now : step.ended;
  const std::string seconds = absl::StrFormat("  %.1fs", SecondsOf(end - step.begun));
  const std::string name = absl::StrCat(PrefixOf(step.state), step.name);
  if (step.state == State::kWarning || width < kMark.size() + kLeastNameWidth + seconds.size()) {
    return CutTo(absl::StrCat(kMark, name), width);
  }
  const size_t room = width - kMark.size() - seconds.size();
  const std::string shown = CutTo(name, room);
  return absl::StrCat(kMark, shown, std::string(room - ColumnsOf(shown), ' '), seconds);
}

struct Entry {
  const BuildStep* step;
  size_t window = 0;  // lines
  bool has_place = true;
};

// As much of what the running ones say as there is room for.
void OpenWindows(std::vector<Entry>& entries, size_t room) {
  for (const Entry& entry : entries) {
    if (entry.step->state == State::kRunning && room > 0) {
      --room;
    }
  }
  for (Entry& entry : entries) {
    const BuildStep& step = *entry.step;
    if (step.state == State::kRunning) {
      const size_t lines = step.output.size() + (step.unfinished.empty() ? 0U : 1U);
      entry.window = std::min({kWindow, room, lines});
      room -= entry.window;
    }
  }
}

size_t LinesOf(const Entry& entry) {
  return 1 + entry.step->notes.size() + entry.window;
}

// What has ended longest ago goes first.
void DropWhatHasNoPlace(std::vector<Entry>& entries, size_t room) {
  size_t lines = 0;
  std::vector<Entry*> ended;
  for (Entry& entry : entries) {
    lines += LinesOf(entry);
    if (entry.step->state != State::kRunning) {
      ended.push_back(&entry);
    }
  }
  absl::c_stable_sort(
      ended, [](const Entry* a, const Entry* b) { return a->step->ended < b->step->ended; });
  for (Entry* entry : ended) {
    if (lines <= room) {
      break;
    }
    lines -= LinesOf(*entry);
    entry->has_place = false;
  }
  std::vector<Entry> kept;
  absl::c_copy_if(entries, std::back_inserter(kept),
                  [](const Entry& entry) { return entry.has_place; });
  entries = std::move(kept);
}

void AppendWindow(const Entry& entry, const Screen& screen, std::vector<std::string>& lines) {
  const BuildStep& step = *entry.step;
  const auto append = [&](const std::string& text) {
    lines.push_back(Coloured(CutTo(absl::StrCat(" => => # ", text), WidthOf(screen)), "2", screen));
  };
  const size_t whole = entry.window - (entry.window > 0 && !step.unfinished.empty() ? 1U : 0U);
  for (size_t i = step.output.size() - whole; i < step.output.size(); ++i) {
    append(step.output[i].text);
  }
  if (entry.window > whole) {
    append(step.unfinished);
  }
}

void AppendEntry(const Entry& entry, absl::Time now, const Screen& screen,
                 std::vector<std::string>& lines) {
  const char* colour = ColourOf(entry.step->state);
  lines.push_back(Coloured(StepLine(*entry.step, now, screen), colour, screen));
  for (const std::string& note : entry.step->notes) {
    lines.push_back(
        Coloured(CutTo(absl::StrCat(" => => ", note), WidthOf(screen)), colour, screen));
  }
  AppendWindow(entry, screen, lines);
}

std::string Header(const BuildSteps& steps, absl::Duration since, absl::string_view outcome,
                   const Screen& screen) {
  return CutTo(absl::StrFormat("[+] Building %.1fs (%d/%d)%s", SecondsOf(since), steps.completed(),
                               steps.total(), outcome),
               WidthOf(screen));
}

std::vector<Entry> EntriesOf(const BuildSteps& steps) {
  std::vector<Entry> entries;
  for (const BuildStep& step : steps.steps()) {
    entries.push_back({.step = &step});
  }
  return entries;
}

}  // namespace

std::vector<std::string> BuildScreen(const BuildSteps& steps, absl::Time begun, absl::Time now,
                                     const Screen& screen) {
  if (screen.rows < 2) {
    return {};
  }
  const size_t room = screen.rows - 2;
  std::vector<Entry> entries = EntriesOf(steps);
  OpenWindows(entries, room);
  DropWhatHasNoPlace(entries, room);
  std::vector<std::string> lines;
  for (const Entry& entry : entries) {
    AppendEntry(entry, now, screen, lines);
  }
  if (lines.size() > room) {
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(room));
  }
  lines.insert(lines.begin(), Header(steps, now - begun, "", screen));
  return lines;
}

std::vector<std::string> BuildSummary(const BuildSteps& steps, absl::Time begun, absl::Time now,
                                      const Screen& screen) {
  const bool is_finished = steps.completed() == steps.total();
  std::vector<std::string> lines = {
      Header(steps, now - begun, is_finished ? " FINISHED" : "", screen)};
  for (const Entry& entry : EntriesOf(steps)) {
    AppendEntry(entry, now, screen, lines);
  }
  absl::c_move(BuildFailure(steps), std::back_inserter(lines));
  return lines;
}

}  // namespace berth::cli
