// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_failure.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"

namespace berth::cli {
namespace {

using State = BuildStep::State;

void AppendOutput(const BuildStep& step, size_t most, std::vector<std::string>& lines) {
  constexpr char kRule[] = "------";
  lines.emplace_back(kRule);
  lines.push_back(absl::StrCat(" > ", step.name, ":"));
  if (step.lost > 0 && most >= step.output.size()) {
    lines.emplace_back("(what it said before is not kept)");
  }
  for (size_t i = step.output.size() - std::min(step.output.size(), most); i < step.output.size();
       ++i) {
    lines.push_back(SaidAt(step.output[i]));
  }
  lines.emplace_back(kRule);
}

}  // namespace

std::string SaidAt(const BuildStep::OutputLine& line) {
  const double seconds = std::max(absl::ToDoubleSeconds(line.at), 0.0);
  return absl::StrFormat("%.*f %s", seconds < 10 ? 3 : seconds < 100 ? 2 : 1, seconds, line.text);
}

std::vector<std::string> BuildFailure(const BuildSteps& steps, size_t most) {
  const bool is_known =
      absl::c_any_of(steps.steps(), [](const auto& step) { return step.state == State::kFailed; });
  std::vector<std::string> lines;
  for (const BuildStep& step : steps.steps()) {
    if (step.state == State::kFailed ||
        (!is_known && step.state == State::kCanceled && !step.output.empty())) {
      AppendOutput(step, most, lines);
    }
  }
  lines.insert(lines.end(), steps.remarks().begin(), steps.remarks().end());
  return lines;
}

}  // namespace berth::cli
