// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/detach_keys.h"

#include <vector>

#include "gtest/gtest.h"

namespace berth::cli {
namespace {

TEST(DetachKeys, AreFoundInWhatIsTyped) {
  const struct {
    std::vector<const char*> pieces;
    const char* passed;
    bool pressed;
  } kCases[] = {
      {{"ls\n", "pq"}, "ls\npq", false},           {{"ab\x10\x11"}, "ab", true},
      {{"\x10", "\x11 not passed"}, "", true},     {{"\x10\x10\x11"}, "\x10", true},
      {{"\x10x\x11"}, "\x10x\x11", false},         {{"\x11\x10"}, "\x11", false},
      {{"\x10", "x", "\x11"}, "\x10x\x11", false},
  };
  for (const auto& test_case : kCases) {
    DetachKeys keys;
    std::string passed;
    for (const char* piece : test_case.pieces) {
      passed += keys.Filter(piece);
    }
    EXPECT_EQ(passed, test_case.passed);
    EXPECT_EQ(keys.pressed(), test_case.pressed) << test_case.passed;
  }
}

}  // namespace
}  // namespace berth::cli
