// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/build_cache.h"

#include "tests/kernel/imageservice/build/build_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CacheUnderTest {
 public:
  CacheUnderTest() { Open(); }

  void Open(uint64_t max_bytes = 1 << 20) {
    cache_.reset();
    absl::StatusOr<std::unique_ptr<BuildCache>> cache =
        BuildCache::Open(build_.root() + "/cache.db", max_bytes, build_.images());
    ASSERT_THAT(cache, IsOk());
    cache_ = *std::move(cache);
  }

  BuildCache& cache() { return *cache_; }

  // A layer that nobody but the cache keeps afterwards.
  AuthoredLayer Put(const std::string& key, int64_t now) {
    const std::unique_ptr<ImageAuthor> author = build_.images().NewAuthor();
    const std::string tar = TarOf(key, std::string(1000, 'x'));
    absl::StatusOr<AuthoredLayer> layer = author->ImportLayer(Call(), "", SourceOf(tar));
    EXPECT_THAT(layer, IsOk());
    EXPECT_THAT(cache_->Put(key, {"2020-01-01T00:00:00Z", *layer}, absl::FromUnixSeconds(now)),
                IsOk());
    return *layer;
  }
  bool Has(const std::string& key, int64_t now) {
    const auto found = cache_->Find(key, absl::FromUnixSeconds(now));
    EXPECT_THAT(found, IsOk());
    return found.ok() && found->has_value();
  }
  std::vector<std::string> Keys() {
    std::vector<std::string> keys;
    for (const CacheEntry& entry : cache_->Entries()) {
      keys.push_back(entry.key);
    }
    return keys;
  }

 private:
  BuildUnderTest build_;
  std::unique_ptr<BuildCache> cache_;
};

KERNEL_TEST(BuildCache, KeepsStepsAndTheirLayersOverARestart) {
  CacheUnderTest under;
  const AuthoredLayer layer = under.Put("a", 1);
  EXPECT_THAT(under.cache().Put("b", {"2021-01-01T00:00:00Z", {}}, absl::FromUnixSeconds(2)),
              IsOk());
  under.Open();
  const auto found = under.cache().Find("a", absl::FromUnixSeconds(3));
  ASSERT_THAT(found, IsOk());
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->created, "2020-01-01T00:00:00Z");
  EXPECT_EQ((*found)->layer->chain_id, layer.chain_id);
  EXPECT_EQ(under.cache().Bytes(), layer.size);
  EXPECT_TRUE(under.Has("b", 3));
  EXPECT_FALSE(under.Has("c", 3));
}

KERNEL_TEST(BuildCache, WhatIsUnusedForLongestGoesFirst) {
  CacheUnderTest under;
  const uint64_t size = under.Put("a", 1).size;
  under.Put("b", 2);
  under.Put("c", 3);
  EXPECT_TRUE(under.Has("a", 4));
  EXPECT_THAT(under.Keys(), ElementsAre("b", "c", "a"));
  const auto gone = under.cache().Prune({.keep_bytes = 2 * size});
  ASSERT_THAT(gone, IsOk());
  ASSERT_EQ(gone->entries.size(), 1u);
  EXPECT_EQ(gone->entries.front().key, "b");
  EXPECT_EQ(gone->bytes, size);
  EXPECT_THAT(under.cache().Prune({.unused_since = absl::FromUnixSeconds(4)}), IsOk());
  EXPECT_THAT(under.Keys(), ElementsAre("a"));
  under.Open();
  EXPECT_THAT(under.Keys(), ElementsAre("a"));
}

KERNEL_TEST(BuildCache, ItsBoundHoldsAtAPutAndAtAStart) {
  CacheUnderTest under;
  const uint64_t size = under.Put("a", 1).size;
  under.Open(2 * size);
  under.Put("b", 2);
  under.Put("c", 3);
  EXPECT_THAT(under.Keys(), ElementsAre("b", "c"));
  under.Open(size);
  EXPECT_THAT(under.Keys(), ElementsAre("c"));
}

KERNEL_TEST(BuildCache, TheSameLayerOfTwoStepsCountsOnce) {
  CacheUnderTest under;
  const AuthoredLayer layer = under.Put("a", 1);
  EXPECT_THAT(under.cache().Put("b", {"2020-01-01T00:00:00Z", layer}, absl::FromUnixSeconds(2)),
              IsOk());
  EXPECT_EQ(under.cache().Bytes(), layer.size);
}

}  // namespace
}  // namespace berth::imageservice
