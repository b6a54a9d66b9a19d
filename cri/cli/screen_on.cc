// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/screen_on.h"

#include <unistd.h>

#include <cstdlib>

#include "absl/strings/string_view.h"

#include "cri/cli/local_terminal.h"

namespace berth::cli {
namespace {

absl::string_view Variable(const char* name) {
  const char* value = getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::optional<Screen> ScreenOn(std::FILE* out) {
  if (out == nullptr || isatty(fileno(out)) == 0 || Variable("TERM") == "dumb") {
    return std::nullopt;
  }
  const std::optional<WindowSize> size = WindowSizeOf(fileno(out));
  if (!size.has_value() || size->rows == 0) {
    return std::nullopt;
  }
  return Screen{size->rows, size->columns, Variable("NO_COLOR").empty()};
}

}  // namespace berth::cli
