// SPDX-License-Identifier: Apache-2.0
#include "base/sys/removal.h"

#include <sys/mount.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "tests/support/file_tree.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::sys {
namespace {

using test::Dir;
using test::ErrnoIs;
using test::File;
using test::IsOk;
using test::Link;
using test::MakeTree;
using test::TempDir;

bool Exists(const TempDir& dir, const char* path) {
  return StatAt(dir.fd(), path, AT_SYMLINK_NOFOLLOW).ok();
}

TEST(Removal, RemovesTreesAndNoneOfTheirTargets) {
  TempDir dir;
  MakeTree(dir.path(),
           {File("kept"), Dir("kept_dir", {File("inside")}),
            Dir("tree", {File("file"), Link("link", "../kept"), Link("dir_link", "../kept_dir"),
                         Dir("a", {Dir("b", {File("c"), Dir("d")})})})});
  EXPECT_THAT(RemoveTree(dir.fd(), "tree"), IsOk());
  EXPECT_FALSE(Exists(dir, "tree"));
  EXPECT_TRUE(Exists(dir, "kept"));
  EXPECT_TRUE(Exists(dir, "kept_dir/inside"));
  EXPECT_THAT(RemoveTree(dir.fd(), "tree"), IsOk());
}

TEST(Removal, RemovesALinkInThePlaceOfATree) {
  TempDir dir;
  MakeTree(dir.path(), {Dir("kept", {File("inside")}), Link("link", "kept")});
  EXPECT_THAT(RemoveTree(dir.fd(), "link"), IsOk());
  EXPECT_FALSE(Exists(dir, "link"));
  EXPECT_TRUE(Exists(dir, "kept/inside"));
}

// Deeper than a path, a stack or a table of descriptors.
TEST(Removal, RemovesDeepTrees) {
  TempDir dir;
  MakeTree(dir.path(), {Dir("deep", {File("moved-0"), Dir("moved-1", {File("file")})})});
  Fd current = *Duplicate(dir.fd());
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_THAT(EnsureDirectory(current.get(), "deep", 0755), IsOk());
    ErrnoOr<Fd> next = OpenAt(current.get(), "deep", O_PATH | O_DIRECTORY);
    ASSERT_THAT(next, IsOk());
    current = *std::move(next);
  }
  EXPECT_THAT(RemoveTree(dir.fd(), "deep"), IsOk());
  EXPECT_FALSE(Exists(dir, "deep"));
}

KERNEL_TEST(Removal, RemovesNoTreeWithAnotherFilesystemInside) {
  TempDir dir;
  MakeTree(dir.path(), {Dir("tree", {Dir("mounted")})});
  const std::string target = dir.Join("tree/mounted");
  ASSERT_EQ(mount("none", target.c_str(), "tmpfs", 0, nullptr), 0);
  dir.Write("tree/mounted/precious", "x");
  EXPECT_THAT(RemoveTree(dir.fd(), "tree"), ErrnoIs(EBUSY));
  EXPECT_TRUE(Exists(dir, "tree/mounted/precious"));
  ASSERT_EQ(umount(target.c_str()), 0);
}

KERNEL_TEST(Removal, RemovesNothingThroughABindOfTheSameFilesystem) {
  TempDir dir;
  MakeTree(dir.path(),
           {Dir("kept", {File("precious")}), Dir("tree", {Dir("mounted")}), Dir("top")});
  for (const std::string place : {"tree/mounted", "top"}) {
    const std::string target = dir.Join(place);
    ASSERT_EQ(mount(dir.Join("kept").c_str(), target.c_str(), nullptr, MS_BIND, nullptr), 0);
    const std::string removed = place.substr(0, place.find('/'));
    EXPECT_THAT(RemoveTree(dir.fd(), removed.c_str()), ErrnoIs(EBUSY)) << place;
    EXPECT_TRUE(Exists(dir, "kept/precious")) << place;
    ASSERT_EQ(umount(target.c_str()), 0);
  }
  EXPECT_THAT(RemoveTree(dir.fd(), "tree"), IsOk());
}

}  // namespace
}  // namespace berth::sys
