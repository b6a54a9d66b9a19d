// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/build_context.h"

#include "gmock/gmock.h"

#include "tests/support/compress.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tar_builder.h"
#include "tests/unit/imageservice/build/tree_under_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;

absl::Status Unpack(const std::string& bytes, const TreeUnderTest& tree) {
  bool read = false;
  return UnpackArchive(
      Call(),
      [&]() -> absl::StatusOr<absl::string_view> {
        return std::exchange(read, true) ? absl::string_view() : absl::string_view(bytes);
      },
      tree.path());
}

TEST(UnpackArchive, TakesItHoweverItIsPacked) {
  test::TarBuilder tar;
  const std::string bytes = tar.File("d/a", "text").Symlink("out", "/etc").Finish();
  for (const std::string& packed : {bytes, test::Gzip(bytes), test::Zstd(bytes)}) {
    TreeUnderTest tree;
    ASSERT_THAT(Unpack(packed, tree), IsOk());
    EXPECT_THAT(ReadTreeFile(tree.View(), "d/a", 100), IsOkAndHolds("text"));
    EXPECT_THAT(ReadTreeFile(tree.View(), "out/passwd", 100),
                StatusIs(absl::StatusCode::kNotFound));
    EXPECT_THAT(ReadTreeFile(tree.View(), "d", 100), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(UnpackArchive, RefusesWhatLeadsOut) {
  test::TarBuilder tar;
  const TreeUnderTest tree;
  EXPECT_THAT(Unpack(tar.File("../a", "x").Finish(), tree),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Unpack("no archive at all", tree), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(UnpackArchive, EndsWithItsCallInTheMiddleOfAMember) {
  test::TarBuilder tar;
  const std::string bytes = tar.File("f", std::string(1 << 20, 'x')).Finish();
  const TreeUnderTest tree;
  size_t at = 0;
  const Call call(absl::InfiniteFuture(), [&] { return at > (100 << 10); });
  const auto source = [&]() -> absl::StatusOr<absl::string_view> {
    const absl::string_view piece = absl::string_view(bytes).substr(at, 64 << 10);
    at += piece.size();
    return piece;
  };
  EXPECT_THAT(UnpackArchive(call, source, tree.path()), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_LT(at, size_t{500} << 10);
}

TEST(ReadIgnoreFile, PrefersTheDockerfilesOwn) {
  TreeUnderTest tree;
  EXPECT_FALSE(ReadIgnoreFile(tree.View(), "Dockerfile")->Ignores("a"));
  tree.Add(".dockerignore", "a\n");
  EXPECT_TRUE(ReadIgnoreFile(tree.View(), "Dockerfile")->Ignores("a"));
  tree.Add("sub/Df.dockerignore", "b\n");
  EXPECT_FALSE(ReadIgnoreFile(tree.View(), "sub/Df")->Ignores("a"));
  EXPECT_TRUE(ReadIgnoreFile(tree.View(), "sub/Df")->Ignores("b"));
}

}  // namespace
}  // namespace berth::imageservice
