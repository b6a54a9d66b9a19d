// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/tree_walk.h"

#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/imageservice/build/tree_under_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;

std::vector<std::string> Walk(const MergedView& view, const WalkFilter& filter) {
  std::vector<std::string> paths;
  EXPECT_THAT(WalkTree(Call(), *view.Resolve(""), "", filter,
                       [&](const std::string& path, const MergedNode&) {
                         paths.push_back(path);
                         return absl::OkStatus();
                       }),
              IsOk());
  return paths;
}

TEST(WalkTree, TellsOfDirectoriesFirstAndFollowsNoLink) {
  TreeUnderTest tree;
  tree.Add("b/z").Add("b/a/").Add("a").Link("c", "b");
  const auto nothing = [](absl::string_view) { return false; };
  EXPECT_THAT(Walk(tree.View(), {nothing, false}), ElementsAre("", "a", "b", "b/a", "b/z", "c"));
}

TEST(WalkTree, LeavesOutButForWhatIsWantedBelow) {
  TreeUnderTest tree;
  tree.Add("out/x").Add("out/keep/y").Add("other");
  const auto leaves_out = [](absl::string_view path) {
    return absl::StartsWith(path, "out") && !absl::StartsWith(path, "out/keep");
  };
  EXPECT_THAT(Walk(tree.View(), {leaves_out, false}), ElementsAre("", "other"));
  EXPECT_THAT(Walk(tree.View(), {leaves_out, true}),
              ElementsAre("", "other", "out", "out/keep", "out/keep/y"));
}

TEST(WalkTree, EndsWithTheVisitorsError) {
  TreeUnderTest tree;
  tree.Add("a");
  const auto nothing = [](absl::string_view) { return false; };
  EXPECT_THAT(
      WalkTree(Call(), *tree.View().Resolve(""), "", {nothing, false},
               [](const std::string&, const MergedNode&) { return absl::CancelledError(""); }),
      StatusIs(absl::StatusCode::kCancelled));
}

TEST(WalkTree, EndsWhenNobodyWaits) {
  TreeUnderTest tree;
  tree.Add("a");
  const auto nothing = [](absl::string_view) { return false; };
  const Call gone(absl::InfiniteFuture(), [] { return true; });
  EXPECT_THAT(WalkTree(gone, *tree.View().Resolve(""), "", {nothing, false},
                       [](const std::string&, const MergedNode&) { return absl::OkStatus(); }),
              StatusIs(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace berth::imageservice
