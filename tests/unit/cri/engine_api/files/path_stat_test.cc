// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/files/path_stat.h"

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

#include "base/json.h"

namespace berth::cri {
namespace {

TEST(PathStat, AnEndSaysWhatIsMeant) {
  EXPECT_EQ(ReadCopyPath("/a/../b").path, "/b");
  EXPECT_EQ(ReadCopyPath("b").path, "/b");
  EXPECT_EQ(ReadCopyPath("/../../b").path, "/b");
  EXPECT_FALSE(ReadCopyPath("/b").is_directory);
  EXPECT_TRUE(ReadCopyPath("/b/").is_directory);
  EXPECT_EQ(ReadCopyPath("/b/").name, "b");
  EXPECT_TRUE(ReadCopyPath("/b/.").is_directory);
  EXPECT_EQ(ReadCopyPath("/b/.").name, ".");
  EXPECT_EQ(ReadCopyPath("/b/.").path, "/b");
  EXPECT_EQ(ReadCopyPath("/").name, "/");
  EXPECT_TRUE(ReadCopyPath(".").is_directory);
}

TEST(PathStat, TheHeaderIsJsonInBase64) {
  struct stat info = {};
  info.st_mode = S_IFLNK | 0777;
  info.st_size = 3;
  info.st_mtim = {1, 5};
  std::string text;
  ASSERT_TRUE(absl::Base64Unescape(PathStatValue("link", info, "/etc"), &text));
  const absl::StatusOr<Json> json = ParseJson(text, 1000);
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(*json, Json({{"name", "link"},
                         {"size", 3},
                         {"mode", (1U << 27) | 0777},
                         {"mtime", "1970-01-01T00:00:01.000000005Z"},
                         {"linkTarget", "/etc"}}));
}

}  // namespace
}  // namespace berth::cri
