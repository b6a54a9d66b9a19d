// SPDX-License-Identifier: Apache-2.0
#include "base/detach_keys.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth {
namespace {

TEST(DetachKeys, AreReadAsDockerDoes) {
  EXPECT_EQ(ParseDetachKeys("").value(), "\x10\x11");
  EXPECT_EQ(ParseDetachKeys("ctrl-a,d").value(),
            "\x01"
            "d");
  EXPECT_EQ(ParseDetachKeys("ctrl-[,ctrl-_").value(), "\x1b\x1f");
  EXPECT_EQ(ParseDetachKeys("ctrl-@").value(), std::string(1, '\0'));
  for (const char* bad : {"ctrl-A", "ctrl-", "shift-a", "a,,b", "ab"}) {
    EXPECT_THAT(ParseDetachKeys(bad), test::StatusIs(absl::StatusCode::kInvalidArgument,
                                                     testing::HasSubstr("Invalid detach keys")));
  }
  std::string many = "a";
  for (size_t i = 0; i < kMaxDetachKeys; ++i) {
    many += ",a";
  }
  EXPECT_FALSE(ParseDetachKeys(many).ok());
}

TEST(DetachWatch, WithholdsOnlyWhatMayBeTheKeys) {
  DetachWatch watch("pq");
  EXPECT_EQ(watch.Pass("ap"), "a");
  EXPECT_EQ(watch.Pass("b"), "pb");
  EXPECT_EQ(watch.Pass("pp"), "p");
  EXPECT_FALSE(watch.left());
  EXPECT_EQ(watch.Pass("qz"), "");
  EXPECT_TRUE(watch.left());
  EXPECT_EQ(watch.Pass("more"), "");
}

TEST(DetachWatch, FindsTheUsualKeysInWhatIsTyped) {
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
    DetachWatch keys(kUsualDetachKeys);
    std::string passed;
    for (const char* piece : test_case.pieces) {
      passed += keys.Pass(piece);
    }
    EXPECT_EQ(passed, test_case.passed);
    EXPECT_EQ(keys.left(), test_case.pressed) << test_case.passed;
  }
}

TEST(DetachWatch, WithoutKeysPassesEverything) {
  DetachWatch watch("");
  EXPECT_EQ(watch.Pass("\x10\x11"), "\x10\x11");
  EXPECT_FALSE(watch.left());
}

}  // namespace
}  // namespace berth
