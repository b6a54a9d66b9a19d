// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/stats/process_table.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "base/path.h"
#include "base/status.h"

namespace berth::cri {
namespace {

std::vector<std::string> Words(absl::string_view line) {
  return absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
}

// As many as there are titles: what is left is the last one's.
std::vector<std::string> Cells(absl::string_view line, size_t titles) {
  std::vector<std::string> cells = Words(line);
  if (cells.size() > titles) {
    const auto last = cells.begin() + static_cast<std::ptrdiff_t>(titles) - 1;
    *last = absl::StrJoin(last, cells.end(), " ");
    cells.resize(titles);
  }
  return cells;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> PsArguments(const std::string& text) {
  if (text.size() > kMaxPsWords || HasNul(text)) {
    return absl::InvalidArgumentError("ps_args: too long, or with a NUL byte");
  }
  std::vector<std::string> arguments = Words(text.empty() ? "-ef" : text);
  for (const std::string& word : arguments) {
    for (const absl::string_view column : absl::StrSplit(word, ',')) {
      const size_t title = column.find("=PID");
      if (title != absl::string_view::npos && !absl::EndsWith(column.substr(0, title), "pid")) {
        return absl::InvalidArgumentError(
            absl::StrCat("specifying \"", column, "\" is not allowed"));
      }
    }
  }
  return arguments;
}

absl::StatusOr<Json> ProcessTable(absl::string_view said, const std::vector<int>& pids) {
  const std::vector<absl::string_view> lines = absl::StrSplit(said, '\n', absl::SkipEmpty());
  const std::vector<std::string> titles =
      lines.empty() ? std::vector<std::string>() : Words(lines[0]);
  const auto column = std::find(titles.begin(), titles.end(), "PID");
  if (column == titles.end()) {
    return absl::InternalError("Couldn't find PID field in ps output");
  }
  Json processes = Json::array();
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> cells = Cells(lines[i], titles.size());
    const size_t place = static_cast<size_t>(column - titles.begin());
    int pid = 0;
    if (place < cells.size() && absl::SimpleAtoi(cells[place], &pid) &&
        std::find(pids.begin(), pids.end(), pid) != pids.end()) {
      processes.push_back(cells);
    }
  }
  return Json{{"Titles", titles}, {"Processes", std::move(processes)}};
}

}  // namespace berth::cri
