// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/member_path.h"

#include <string>

#include "gtest/gtest.h"

namespace berth::imageservice {
namespace {

TEST(MemberPath, CleansNames) {
  const struct {
    const char* path;
    const char* clean;
  } kCases[] = {
      {"a", "a"},         {"./a/b", "a/b"},   {"/etc/passwd", "etc/passwd"},
      {"a//b/", "a/b"},   {"././.", ""},      {"/", ""},
      {"", ""},           {"a/./b", "a/b"},   {"...", "..."},
      {"a/..b", "a/..b"}, {"größe", "größe"}, {"a\nb", "a\nb"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(*CleanMemberPath(c.path), c.clean) << c.path;
  }
}

TEST(MemberPath, RefusesNamesThatLeaveOrCannotBe) {
  std::string deep;
  for (size_t i = 0; i <= kMaxPathDepth; ++i) {
    deep += "d/";
  }
  for (const std::string& path :
       {std::string(".."), std::string("../a"), std::string("a/../b"), std::string("/.."),
        std::string("a/.."), deep, "a/" + std::string(256, 'n')}) {
    EXPECT_TRUE(absl::IsDataLoss(CleanMemberPath(path).status())) << path;
  }
}

TEST(MemberPath, Splits) {
  EXPECT_EQ(MemberParent("a/b/c"), "a/b");
  EXPECT_EQ(MemberName("a/b/c"), "c");
  EXPECT_EQ(MemberParent("a"), "");
  EXPECT_EQ(MemberName("a"), "a");
}

TEST(Marker, IsReadFromTheName) {
  const struct {
    const char* path;
    MarkerKind kind;
    const char* name;
  } kCases[] = {
      {"a/b", MarkerKind::kNone, ""},
      {"a/.wh.b", MarkerKind::kWhiteout, "b"},
      {".wh.b", MarkerKind::kWhiteout, "b"},
      {".wh....", MarkerKind::kWhiteout, "..."},
      {"a/.whb", MarkerKind::kNone, ""},
      {"a/x.wh.b", MarkerKind::kNone, ""},
      {"a/.wh..wh..opq", MarkerKind::kOpaque, ""},
      {".wh..wh..opq", MarkerKind::kOpaque, ""},
      {".wh..wh.plnk/12.34", MarkerKind::kIgnored, ""},
      {".wh..wh.aufs", MarkerKind::kIgnored, ""},
      {"a/.wh..wh.orph", MarkerKind::kIgnored, ""},
  };
  for (const auto& c : kCases) {
    absl::StatusOr<Marker> marker = ParseMarker(c.path);
    ASSERT_TRUE(marker.ok()) << c.path;
    EXPECT_EQ(marker->kind, c.kind) << c.path;
    EXPECT_EQ(marker->name, c.name) << c.path;
  }
}

TEST(Marker, RefusesWhiteoutsOfNothingAndDirectoriesCalledSo) {
  for (const char* path : {".wh.", "a/.wh.", ".wh..", "a/.wh...", "a/.wh.b/c", ".wh.b/c"}) {
    EXPECT_TRUE(absl::IsDataLoss(ParseMarker(path).status())) << path;
  }
}

}  // namespace
}  // namespace berth::imageservice
