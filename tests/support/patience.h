// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace berth::test {

// How often the usual time something may take: BERTH_TEST_PATIENCE, for machines that are
// interpreted (tests/vm).
inline int64_t Patience() {
  const char* given = getenv("BERTH_TEST_PATIENCE");
  return given != nullptr ? std::max<int64_t>(atoll(given), 1) : 1;
}

}  // namespace berth::test
