// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/build_cache.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/fakes/fake_image_store.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;

// Changes the database of a cache that is not open.
void Change(const std::string& path, absl::string_view sql) {
  constexpr absl::string_view kKnown[] = {""};
  auto database = Database::Open(path, Durability::kProcess, kKnown);
  ASSERT_THAT(database, IsOk());
  ASSERT_THAT(database->Execute(sql), IsOk());
}

TEST(BuildCache, AFullOneMakesRoomForMany) {
  test::TempDir space;
  test::FakeImageStore images;
  const std::string path = space.Join("cache.db");
  ASSERT_THAT(BuildCache::Open(path, 1000, images), IsOk());
  Change(path, absl::StrCat("INSERT INTO steps WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT "
                            "i + 1 FROM n WHERE i < ",
                            kMaxCachedSteps, ") SELECT 'k' || i, 't', '', i FROM n"));
  auto cache = BuildCache::Open(path, 1000, images);
  ASSERT_THAT(cache, IsOk());
  EXPECT_EQ((*cache)->Entries().size(), kMaxCachedSteps);
  const auto put = [&](const std::string& key) {
    EXPECT_THAT((*cache)->Put(key, {.created = "t", .layer = {}}, absl::Now()), IsOk());
    return (*cache)->Entries();
  };
  const std::vector<CacheEntry> entries = put("one more");
  EXPECT_EQ(entries.size(), kMaxCachedSteps - kMaxCachedSteps / 20);
  EXPECT_EQ(entries.front().key, absl::StrCat("k", kMaxCachedSteps / 20 + 2));
  EXPECT_EQ(entries.back().key, "one more");
  EXPECT_EQ(put("another").size(), entries.size() + 1);
}

TEST(BuildCache, ARowThatIsNotReadableGoesAlone) {
  test::TempDir space;
  test::FakeImageStore images;
  const std::string path = space.Join("cache.db");
  {
    auto cache = BuildCache::Open(path, 1000, images);
    ASSERT_THAT(cache, IsOk());
    ASSERT_THAT((*cache)->Put("bad", {.created = "t", .layer = {}}, absl::Now()), IsOk());
    ASSERT_THAT((*cache)->Put("good", {.created = "t", .layer = {}}, absl::Now()), IsOk());
  }
  Change(path, "UPDATE steps SET layer = '{}' WHERE key = 'bad'");
  for (int i = 0; i < 2; ++i) {
    auto cache = BuildCache::Open(path, 1000, images);
    ASSERT_THAT(cache, IsOk());
    ASSERT_EQ((*cache)->Entries().size(), 1u);
    EXPECT_EQ((*cache)->Entries()[0].key, "good");
  }
}

}  // namespace
}  // namespace berth::imageservice
