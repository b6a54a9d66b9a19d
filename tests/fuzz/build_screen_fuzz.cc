// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

#include "cri/cli/build_plain.h"
#include "cri/cli/build_screen.h"
#include "cri/cli/build_steps.h"
#include "cri/cli/terminal_text.h"
#include "tests/fuzz/require.h"

// What a build says, as a terminal is shown it, and in lines. Each line of the input is a piece:
// who says it is its first character, `-` the build itself; a line that ends in a backslash has not
// ended yet.
namespace berth::cli {
namespace {

void RequireShown(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    Require(OneLine(line) == line);
  }
}

void Look(const BuildSteps& steps, absl::Time now, const Screen& screen) {
  const std::vector<std::string> lines = BuildScreen(steps, absl::UnixEpoch(), now, screen);
  RequireShown(lines);
  Require(lines.size() < screen.rows);
  for (const std::string& line : lines) {
    Require(ColumnsOf(line) < screen.columns);
  }
}

// Between empty lines all are of one step.
void RequireTold(const std::vector<std::string>& lines, std::string& turn) {
  RequireShown(lines);
  for (const std::string& line : lines) {
    if (line.empty()) {
      turn.clear();
      continue;
    }
    const std::string number = line.substr(0, line.find(' ') + 1);
    Require(number.size() > 2 && number[0] == '#');
    Require(turn.empty() || turn == number);
    turn = number;
  }
}

void Follow(absl::string_view input) {
  BuildSteps steps;
  BuildPlain plain;
  std::string turn;
  absl::Time now = absl::UnixEpoch();
  for (absl::string_view piece : absl::StrSplit(input, '\n')) {
    if (piece.empty()) {
      continue;
    }
    const int64_t stage = piece[0] == '-' ? BuildSteps::kWholeBuild : int64_t{piece[0]};
    piece.remove_prefix(1);
    const bool goes_on = absl::ConsumeSuffix(&piece, "\\");
    steps.Take(stage, absl::StrCat(piece, goes_on ? "" : "\n"), now);
    RequireTold(plain.Next(steps, now), turn);
    steps.Forget();
    now += absl::Milliseconds(300);
    Require(steps.completed() <= steps.total());
  }
  Look(steps, now, {.rows = 8, .columns = 30});
  Look(steps, now, {.rows = 2, .columns = 1});
  steps.Fail(2, now);
  RequireShown(plain.End(steps, "why\x1b[31m", now));
  RequireShown(BuildSummary(steps, absl::UnixEpoch(), now, {.rows = 8, .columns = 30}));
}

}  // namespace
}  // namespace berth::cli

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  berth::cli::Follow(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
