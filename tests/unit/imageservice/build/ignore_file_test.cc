// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/ignore_file.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::StatusIs;
using ::testing::HasSubstr;

IgnoreFile Parse(absl::string_view text) {
  absl::StatusOr<IgnoreFile> file = IgnoreFile::Parse(text);
  EXPECT_TRUE(file.ok()) << file.status();
  return file.value_or(IgnoreFile());
}

TEST(IgnoreFile, IgnoresWhatMatchesAndWhatIsBelow) {
  const IgnoreFile file = Parse("# comment\n  temp \n/*.log\n**/cache/\n./x/../y\n\n");
  for (const char* path : {"temp", "temp/a", "temp/a/b", "a.log", "cache", "a/b/cache/c", "y"}) {
    EXPECT_TRUE(file.Ignores(path)) << path;
  }
  for (const char* path : {"a/temp", "a/a.log", "x", "tempo", "# comment"}) {
    EXPECT_FALSE(file.Ignores(path)) << path;
  }
  EXPECT_FALSE(file.TakesBack());
}

TEST(IgnoreFile, TheLastPatternThatMatchesDecides) {
  const IgnoreFile file = Parse("*\n!src\nsrc/*.o\n! src/keep.o\n");
  EXPECT_TRUE(file.TakesBack());
  EXPECT_TRUE(file.Ignores("README.md"));
  EXPECT_FALSE(file.Ignores("src"));
  EXPECT_FALSE(file.Ignores("src/main.c"));
  EXPECT_FALSE(file.Ignores("src/sub/deep.c"));
  EXPECT_TRUE(file.Ignores("src/main.o"));
  EXPECT_FALSE(file.Ignores("src/keep.o"));
}

TEST(IgnoreFile, AnEmptyOneIgnoresNothing) {
  EXPECT_FALSE(Parse("").Ignores("a"));
  EXPECT_FALSE(Parse("\xEF\xBB\xBF#x\r\n\r\n").Ignores("#x"));
}

TEST(IgnoreFile, SaysWhichLineIsNone) {
  EXPECT_THAT(IgnoreFile::Parse("a\n[b\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("line 2")));
  EXPECT_THAT(IgnoreFile::Parse("!\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("illegal exclusion pattern")));
}

TEST(IgnoreFile, HasLimits) {
  EXPECT_THAT(IgnoreFile::Parse(std::string(kMaxIgnoreFile + 1, '\n')),
              StatusIs(absl::StatusCode::kInvalidArgument));
  std::string many;
  for (size_t i = 0; i <= kMaxIgnorePatterns; ++i) {
    absl::StrAppend(&many, "x\n");
  }
  EXPECT_THAT(IgnoreFile::Parse(many),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("10000 patterns")));
}

TEST(IgnoreFile, OfFlagsNamesTheFlag) {
  absl::StatusOr<IgnoreFile> file = IgnoreFile::FromPatterns({"*.md", "!a.md"});
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(file->Ignores("b.md"));
  EXPECT_FALSE(file->Ignores("a.md"));
  EXPECT_THAT(IgnoreFile::FromPatterns({"[x"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--exclude=[x")));
}

}  // namespace
}  // namespace berth::imageservice
