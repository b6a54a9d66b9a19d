// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>

namespace berth {

// What a fuzzer takes for a bug.
inline void Require(bool condition) {
  if (!condition) {
    abort();
  }
}

}  // namespace berth
