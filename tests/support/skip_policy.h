// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gtest/gtest.h"

namespace berth::test {

// With CI=1 in the environment a skipped test fails, unless a line of tests/allowed_skips.txt names
// it (Suite.Name, then the reason).
class SkipPolicy : public ::testing::EmptyTestEventListener {
 public:
  void OnTestEnd(const ::testing::TestInfo& test) override;
};

}  // namespace berth::test
