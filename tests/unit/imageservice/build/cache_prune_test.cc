// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/cache_prune.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::imageservice {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

CachePiece Piece(const std::string& key, int64_t used_at, const std::string& blob = "",
                 uint64_t bytes = 0) {
  return {.key = key, .used_at = absl::FromUnixSeconds(used_at), .bytes = bytes, .blob = blob};
}

// The second and the third have one blob.
std::vector<CachePiece> Pieces() {
  return {Piece("a", 1, "x", 100), Piece("b", 2, "y", 10), Piece("c", 3, "y", 10), Piece("d", 4)};
}

TEST(CachePrune, CountsABlobOnce) {
  EXPECT_EQ(BytesOf(Pieces()), 110u);
  EXPECT_EQ(BytesOf({Piece("a", 1, "", 5), Piece("b", 1, "", 5)}), 10u);
}

TEST(CachePrune, TakesAllUnlessToldOtherwise) {
  EXPECT_THAT(PlanCachePrune(Pieces(), {}), ElementsAre(0, 1, 2, 3));
}

TEST(CachePrune, LeavesWhatWasUsedLately) {
  EXPECT_THAT(PlanCachePrune(Pieces(), {.unused_since = absl::FromUnixSeconds(3)}),
              ElementsAre(0, 1));
}

TEST(CachePrune, StopsWhenLittleEnoughIsLeft) {
  EXPECT_THAT(PlanCachePrune(Pieces(), {.keep_bytes = 110}), IsEmpty());
  EXPECT_THAT(PlanCachePrune(Pieces(), {.keep_bytes = 10}), ElementsAre(0));
  EXPECT_THAT(PlanCachePrune(Pieces(), {.keep_bytes = 9}), ElementsAre(0, 1, 2))
      << "a blob goes with the last of its pieces";
  EXPECT_THAT(PlanCachePrune(Pieces(), {.keep_bytes = 0}), ElementsAre(0, 1, 2));
  EXPECT_THAT(PlanCachePrune(Pieces(), {.keep_bytes = 110, .keep_pieces = 2}), ElementsAre(0, 1));
}

TEST(CachePrune, AnAgeHoldsAlsoWhereASizeIsAskedFor) {
  EXPECT_THAT(PlanCachePrune(Pieces(), {.unused_since = absl::FromUnixSeconds(2), .keep_bytes = 1}),
              ElementsAre(0));
}

TEST(CachePrune, TakesWhatIsNamed) {
  CachePrune prune;
  prune.takes = [](const std::string& key) { return key == "c"; };
  EXPECT_THAT(PlanCachePrune(Pieces(), prune), ElementsAre(2));
}

}  // namespace
}  // namespace berth::imageservice
