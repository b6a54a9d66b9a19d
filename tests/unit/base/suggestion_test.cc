// SPDX-License-Identifier: Apache-2.0
#include "base/suggestion.h"

#include "gtest/gtest.h"

namespace berth {
namespace {

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<std::string> verbs = {"pull", "images", "ps", "pods", "inspect", "exec"};
  EXPECT_EQ(Nearest("pulll", verbs), "pull");
  EXPECT_EQ(Nearest("image", verbs), "images");
  EXPECT_EQ(Nearest("sp", verbs), "ps");
  EXPECT_EQ(Nearest("inpsect", verbs), "inspect");
}

TEST(Nearest, SaysNothingOfAWordThatIsLikeNone) {
  EXPECT_EQ(Nearest("zzzzzzzz", {"pull", "images"}), "");
  EXPECT_EQ(Nearest("x", {}), "");
}

TEST(DidYouMean, AsksOnlyOfAWord) {
  EXPECT_EQ(DidYouMean("pull"), "; did you mean pull?");
  EXPECT_EQ(DidYouMean(""), "");
}

}  // namespace
}  // namespace berth
