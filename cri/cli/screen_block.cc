// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/screen_block.h"

#include "absl/strings/str_cat.h"

namespace berth::cli {

std::string ScreenBlock::Draw(const std::vector<std::string>& lines) {
  std::string text = drawn_ == 0 ? "" : absl::StrCat("\x1b[", drawn_, "A\r");
  for (const std::string& line : lines) {
    absl::StrAppend(&text, "\x1b[2K", line, "\n");
  }
  if (lines.size() < drawn_) {
    absl::StrAppend(&text, "\x1b[J");
  }
  drawn_ = lines.size();
  return text;
}

}  // namespace berth::cli
