// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/cache_prune.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "imageservice/build/build_cache.h"

namespace berth::imageservice {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

CacheEntry Step(const std::string& key, int64_t used_at, const std::string& blob = "",
                uint64_t size = 0) {
  CacheEntry entry;
  entry.key = key;
  entry.used_at = absl::FromUnixSeconds(used_at);
  if (!blob.empty()) {
    const Digest digest = Digest::OfBytes(blob);
    entry.step.layer =
        AuthoredLayer{.blob = digest, .size = size, .diff_id = digest, .chain_id = digest.str()};
  }
  return entry;
}

// The second and the third have one layer.
std::vector<CacheEntry> Steps() {
  return {Step("a", 1, "x", 100), Step("b", 2, "y", 10), Step("c", 3, "y", 10), Step("d", 4)};
}

TEST(CachePrune, CountsALayerOnce) {
  EXPECT_EQ(LayerBytes(Steps()), 110u);
}

TEST(CachePrune, TakesAllUnlessToldOtherwise) {
  EXPECT_THAT(PlanCachePrune(Steps(), {}), ElementsAre(0, 1, 2, 3));
}

TEST(CachePrune, LeavesWhatWasUsedLately) {
  EXPECT_THAT(PlanCachePrune(Steps(), {.unused_since = absl::FromUnixSeconds(3)}),
              ElementsAre(0, 1));
}

TEST(CachePrune, StopsWhenLittleEnoughIsLeft) {
  EXPECT_THAT(PlanCachePrune(Steps(), {.keep_bytes = 110}), IsEmpty());
  EXPECT_THAT(PlanCachePrune(Steps(), {.keep_bytes = 10}), ElementsAre(0));
  EXPECT_THAT(PlanCachePrune(Steps(), {.keep_bytes = 9}), ElementsAre(0, 1, 2))
      << "a layer goes with the last of its steps";
}

TEST(CachePrune, AnAgeHoldsAlsoWhereASizeIsAskedFor) {
  EXPECT_THAT(PlanCachePrune(Steps(), {.unused_since = absl::FromUnixSeconds(2), .keep_bytes = 1}),
              ElementsAre(0));
}

TEST(CachePrune, TakesWhatIsNamed) {
  CachePrune prune;
  prune.takes = [](const CacheEntry& entry) { return entry.key == "c"; };
  EXPECT_THAT(PlanCachePrune(Steps(), prune), ElementsAre(2));
}

}  // namespace
}  // namespace berth::imageservice
