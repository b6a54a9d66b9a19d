// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <optional>

#include "cri/cli/build_screen.h"

namespace berth::cli {

// The screen on which what is written to `out` can be drawn over, as it is now; nothing where it is
// null, no terminal, or one that says of itself that it cannot (TERM=dumb, no size). Without
// colours where NO_COLOR is set and not empty (no-color.org).
std::optional<Screen> ScreenOn(std::FILE* out);

}  // namespace berth::cli
