// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/step_key.h"

#include "gtest/gtest.h"

namespace berth::imageservice {
namespace {

TEST(StepKey, DependsOnAllAndOnWhereOneEnds) {
  const std::string key = StepKey("p", {"ab", "c"});
  EXPECT_EQ(key, StepKey("p", {"ab", "c"}));
  EXPECT_NE(key, StepKey("q", {"ab", "c"}));
  EXPECT_NE(key, StepKey("p", {"a", "bc"}));
  EXPECT_NE(key, StepKey("p", {"ab", "c", ""}));
}

TEST(SourceExcerpt, MarksTheLines) {
  EXPECT_EQ(SourceExcerpt("Dockerfile", "1\n2\n3\n4\n5\n6\n7\n", 4, 5),
            "Dockerfile:4\n--------------------\n   2 |     2\n   3 |     3\n   4 | >>> 4\n"
            "   5 | >>> 5\n   6 |     6\n   7 |     7\n--------------------\n");
  EXPECT_EQ(SourceExcerpt("D", "FROM x\n", 1, 1),
            "D:1\n--------------------\n   1 | >>> FROM x\n--------------------\n");
}

}  // namespace
}  // namespace berth::imageservice
