// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/files/tree_archive.h"

#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <utility>

#include "gmock/gmock.h"

#include "imageservice/layer/tar_reader.h"
#include "tests/support/file_tree.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {
namespace {

using imageservice::TarMember;
using imageservice::TarReader;
using test::IsOk;
using test::IsOkAndHolds;
using test::StatusIs;
using ::testing::ElementsAre;

absl::Status GoOn() {
  return absl::OkStatus();
}

// The members of what is archived, in their order: names and targets.
std::vector<std::pair<std::string, std::string>> Archive(int root, const std::string& path,
                                                         const std::string& name) {
  std::string bytes;
  const auto keep = [&bytes](absl::string_view piece) {
    bytes.append(piece.data(), piece.size());
    return absl::OkStatus();
  };
  EXPECT_THAT(ArchiveTree(root, path, name, keep, GoOn), IsOk());
  TarReader reader([&, read = false]() mutable -> absl::StatusOr<absl::string_view> {
    return std::exchange(read, true) ? absl::string_view() : bytes;
  });
  std::vector<std::pair<std::string, std::string>> members;
  while (true) {
    const absl::StatusOr<const TarMember*> member = reader.Next();
    EXPECT_THAT(member, IsOk());
    if (!member.ok() || *member == nullptr) {
      return members;
    }
    members.emplace_back((*member)->path, (*member)->target);
  }
}

KERNEL_TEST(TreeArchive, HasWhatIsBelowUnderAnotherName) {
  test::TempDir root;
  test::MakeTree(
      root.path(),
      {test::Dir("d", {test::File("one", "1"), test::Link("link", "/x"), test::Dir("sub")})});
  ASSERT_EQ(link(root.Join("d/one").c_str(), root.Join("d/two").c_str()), 0);
  using Member = std::pair<std::string, std::string>;
  EXPECT_THAT(Archive(root.fd(), "/d", "n"),
              ElementsAre(Member("n/", ""), Member("n/link", "/x"), Member("n/one", ""),
                          Member("n/sub/", ""), Member("n/two", "n/one")));
  EXPECT_THAT(Archive(root.fd(), "/d/link", "link"), ElementsAre(Member("link", "/x")));
  EXPECT_EQ(Archive(root.fd(), "/", "/")[1].first, "/d/");
  EXPECT_EQ(Archive(root.fd(), "/", "")[0].first, "d/");
}

KERNEL_TEST(TreeArchive, LinksAreFollowedInsideOnly) {
  test::TempDir root;
  test::MakeTree(root.path(),
                 {test::Dir("a", {test::Link("up", "../../../b"), test::Link("abs", "/b/none")}),
                  test::Dir("b"), test::Link("loop", "loop"), test::Link("way", "a/up")});
  EXPECT_THAT(FollowLinks(root.fd(), "/a/up"), IsOkAndHolds("/b"));
  EXPECT_THAT(FollowLinks(root.fd(), "/way/x/y"), IsOkAndHolds("/b/x/y"));
  EXPECT_THAT(FollowLinks(root.fd(), "/a/abs"), IsOkAndHolds("/b/none"));
  EXPECT_THAT(FollowLinks(root.fd(), "/loop"), StatusIs(absl::StatusCode::kInvalidArgument));
}

KERNEL_TEST(TreeArchive, WhatIsNotThereOrTooDeepIsAnError) {
  test::TempDir root;
  const auto drop = [](absl::string_view) { return absl::OkStatus(); };
  EXPECT_THAT(ArchiveTree(root.fd(), "/none", "none", drop, GoOn),
              StatusIs(absl::StatusCode::kNotFound));
  int at = dup(root.fd());
  for (size_t i = 0; i < kMaxViewDepth + 2; ++i) {
    ASSERT_EQ(mkdirat(at, "d", 0755), 0);
    const int below = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    close(at);
    at = below;
  }
  close(at);
  EXPECT_THAT(ArchiveTree(root.fd(), "/d", "d", drop, GoOn),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace berth::cri
