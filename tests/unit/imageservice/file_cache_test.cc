// SPDX-License-Identifier: Apache-2.0
#include "imageservice/file_cache.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;

TEST(FileCache, KeepsContentAndAbsence) {
  FileCache cache;
  EXPECT_FALSE(cache.Find("image", "/etc/passwd").has_value());
  cache.Keep("image", "/etc/passwd", std::string("root"));
  cache.Keep("image", "/etc/group", absl::NotFoundError("none"));
  cache.Keep("image", "/broken", absl::InternalError("disk"));
  cache.Keep("image", "/vanished", ErrnoStatus({ENOENT, "open"}, "a layer"));
  EXPECT_THAT(*cache.Find("image", "/etc/passwd"), IsOkAndHolds("root"));
  EXPECT_THAT(*cache.Find("image", "/etc/group"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_FALSE(cache.Find("image", "/broken").has_value());
  EXPECT_FALSE(cache.Find("image", "/vanished").has_value());
  EXPECT_FALSE(cache.Find("other", "/etc/passwd").has_value());
}

TEST(FileCache, KeepsNoLargeFiles) {
  FileCache cache;
  cache.Keep("image", "large", std::string(FileCache::kMaxFileSize + 1, 'x'));
  EXPECT_FALSE(cache.Find("image", "large").has_value());
  cache.Keep("image", "fits", std::string(FileCache::kMaxFileSize, 'x'));
  EXPECT_TRUE(cache.Find("image", "fits").has_value());
}

TEST(FileCache, ForgetsWhatWasUsedLongestAgo) {
  FileCache cache;
  for (size_t i = 0; i < FileCache::kMaxEntries; ++i) {
    cache.Keep("image", absl::StrCat(i), std::string("x"));
  }
  EXPECT_TRUE(cache.Find("image", "0").has_value());
  cache.Keep("image", "one more", std::string("x"));
  EXPECT_TRUE(cache.Find("image", "0").has_value());
  EXPECT_FALSE(cache.Find("image", "1").has_value());
  EXPECT_TRUE(cache.Find("image", "one more").has_value());
}

}  // namespace
}  // namespace berth::imageservice
