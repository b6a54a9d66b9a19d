// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace berth::cli {

// Lines of a terminal that are drawn over again, at the end of what it shows. Whatever happens
// between two calls, the cursor is visible and below them. For one thread; pure.
class ScreenBlock {
 public:
  // The text that has these lines in place of those before. Each takes less than a terminal's
  // width, all together, but for the last time, less than its height.
  std::string Draw(const std::vector<std::string>& lines);

  // What has been drawn stays; the next lines come below.
  void Leave() { drawn_ = 0; }

 private:
  size_t drawn_ = 0;  // lines
};

}  // namespace berth::cli
