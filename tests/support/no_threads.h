// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace berth::test {

// From here on this process, one of a death test, gets no further thread.
inline void ForgoThreads() {
  constexpr uid_t kNobody = 65534;
  constexpr int kUnexpected = 77;
  const rlimit none = {};
  setrlimit(RLIMIT_NPROC, &none);
  if (getuid() == 0 && setuid(kNobody) != 0) {  // whom the limit counts for
    _exit(kUnexpected);
  }
}

// Expects `body` to return true in a process of its own that gets no further thread.
template <typename Body>
void ExpectWithoutThreads(Body body) {
  const auto run = [&body] {
    ForgoThreads();
    _exit(body() ? 0 : 1);
  };
  EXPECT_EXIT(run(), ::testing::ExitedWithCode(0), "");
}

}  // namespace berth::test
