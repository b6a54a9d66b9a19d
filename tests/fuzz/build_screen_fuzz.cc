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

#include "cri/cli/build_screen.h"
#include "cri/cli/build_steps.h"
#include "cri/cli/terminal_text.h"
#include "tests/fuzz/require.h"

// What a build says, as a terminal is shown it. Each line of the input is a piece: who says it is
// its first character, `-` the build itself; a line that ends in a backslash has not ended yet.
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

void Follow(absl::string_view input) {
  BuildSteps steps;
  absl::Time now = absl::UnixEpoch();
  for (absl::string_view piece : absl::StrSplit(input, '\n')) {
    if (piece.empty()) {
      continue;
    }
    const int64_t stage = piece[0] == '-' ? BuildSteps::kWholeBuild : int64_t{piece[0]};
    piece.remove_prefix(1);
    const bool goes_on = absl::ConsumeSuffix(&piece, "\\");
    steps.Take(stage, absl::StrCat(piece, goes_on ? "" : "\n"), now);
    now += absl::Milliseconds(300);
    Require(steps.completed() <= steps.total());
  }
  Look(steps, now, {.rows = 8, .columns = 30});
  Look(steps, now, {.rows = 2, .columns = 1});
  steps.Fail(2, now);
  RequireShown(BuildSummary(steps, absl::UnixEpoch(), now, {.rows = 8, .columns = 30}));
}

}  // namespace
}  // namespace berth::cli

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  berth::cli::Follow(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
