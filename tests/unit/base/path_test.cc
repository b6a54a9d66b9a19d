// SPDX-License-Identifier: Apache-2.0
#include "base/path.h"

#include "gtest/gtest.h"

namespace berth {
namespace {

TEST(Path, CleansLexically) {
  struct {
    const char* path;
    const char* clean;
  } const cases[] = {
      {"/a/./b/../c", "/a/c"}, {"", "."},          {".", "."},        {"/", "/"},
      {"//a//b/", "/a/b"},     {"/../../a", "/a"}, {"../a", "../a"},  {"a/../..", ".."},
      {"a/..", "."},           {"/..", "/"},       {"/a/b/..", "/a"}, {"../../a/..", "../.."},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(CleanPath(c.path), c.clean) << c.path;
  }
}

TEST(Path, JoinsWithOneSlash) {
  EXPECT_EQ(JoinPath("/a", "b"), "/a/b");
  EXPECT_EQ(JoinPath("/a/", "/b"), "/a/b");
  EXPECT_EQ(JoinPath("/", "b"), "/b");
  EXPECT_EQ(JoinPath("", "b"), "b");
  EXPECT_EQ(JoinPath("a//", "//b"), "a/b");
}

TEST(Path, SplitsOffTheLastComponent) {
  EXPECT_EQ(ParentPath("/a/b"), "/a");
  EXPECT_EQ(BaseName("/a/b"), "b");
  EXPECT_EQ(ParentPath("/a"), "/");
  EXPECT_EQ(ParentPath("a"), ".");
  EXPECT_EQ(BaseName("a"), "a");
}

TEST(Path, KnowsAbsoluteOnes) {
  EXPECT_TRUE(IsAbsolutePath("/"));
  EXPECT_FALSE(IsAbsolutePath("a/"));
  EXPECT_FALSE(IsAbsolutePath(""));
}

TEST(Path, FindsDotDotAsAComponentOnly) {
  EXPECT_TRUE(HasDotDot("a/../b"));
  EXPECT_TRUE(HasDotDot(".."));
  EXPECT_TRUE(HasDotDot("a/.."));
  EXPECT_FALSE(HasDotDot("a/..b"));
  EXPECT_FALSE(HasDotDot("a..b/..."));
}

TEST(HasNul, LooksAtTheWholeText) {
  EXPECT_TRUE(HasNul(absl::string_view("a\0b", 3)));
  EXPECT_TRUE(HasNul(absl::string_view("\0", 1)));
  EXPECT_FALSE(HasNul("a/b"));
  EXPECT_FALSE(HasNul(""));
}

}  // namespace
}  // namespace berth
