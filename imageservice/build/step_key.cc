// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/step_key.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

#include "base/digest.h"

namespace berth::imageservice {
namespace {

constexpr int kLinesAround = 2;
constexpr char kRule[] = "--------------------\n";

}  // namespace

std::string StepKey(absl::string_view parent, const std::vector<std::string>& reads) {
  Sha256 hash;
  hash.Update(absl::StrCat(parent.size(), ":"));
  hash.Update(parent);
  for (const std::string& each : reads) {
    hash.Update(absl::StrCat(each.size(), ":"));
    hash.Update(each);
  }
  return hash.Finish().str();
}

std::string SourceExcerpt(absl::string_view name, absl::string_view text, int first, int last) {
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  const int begin = std::max(1, first - kLinesAround);
  const int end = std::min(static_cast<int>(lines.size()), last + kLinesAround);
  std::string excerpt = absl::StrCat(name, ":", first, "\n", kRule);
  for (int line = begin; line <= end; ++line) {
    if (line == end && line > last && lines[static_cast<size_t>(line) - 1].empty()) {
      break;  // what follows the last newline is no line
    }
    absl::StrAppendFormat(&excerpt, "%4d | %s %s\n", line,
                          line >= first && line <= last ? ">>>" : "   ",
                          lines[static_cast<size_t>(line) - 1]);
  }
  return excerpt + kRule;
}

}  // namespace berth::imageservice
