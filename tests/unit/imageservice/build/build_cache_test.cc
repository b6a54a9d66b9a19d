// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/build_cache.h"

#include "gmock/gmock.h"

#include "tests/fakes/fake_image_store.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;

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
  {
    constexpr absl::string_view kKnown[] = {""};
    auto database = Database::Open(path, Durability::kProcess, kKnown);
    ASSERT_THAT(database, IsOk());
    auto update = database->Prepare("UPDATE steps SET layer = '{}' WHERE key = 'bad'");
    ASSERT_THAT(update, IsOk());
    ASSERT_THAT(update->Run(), IsOk());
  }
  for (int i = 0; i < 2; ++i) {
    auto cache = BuildCache::Open(path, 1000, images);
    ASSERT_THAT(cache, IsOk());
    ASSERT_EQ((*cache)->Entries().size(), 1u);
    EXPECT_EQ((*cache)->Entries()[0].key, "good");
  }
}

}  // namespace
}  // namespace berth::imageservice
