// SPDX-License-Identifier: Apache-2.0
#include "imageservice/snapshot/snapshot_directories.h"

#include <sys/mount.h>

#include <filesystem>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::testing::Not;

std::unique_ptr<SnapshotDirectories> Open(const test::TempDir& space) {
  auto directories = SnapshotDirectories::Open(space.path());
  EXPECT_THAT(directories, IsOk());
  return *std::move(directories);
}

KERNEL_TEST(SnapshotDirectories, MakesNumberedDirectories) {
  test::TempDir space;
  auto directories = Open(space);
  ASSERT_THAT(directories->DiscardOthers({}), IsOk());
  ASSERT_OK_AND_ASSIGN(int64_t layer, directories->Make(false));
  ASSERT_OK_AND_ASSIGN(int64_t root, directories->Make(true));
  EXPECT_NE(layer, root);
  EXPECT_TRUE(std::filesystem::is_directory(directories->Tree(layer)));
  EXPECT_FALSE(std::filesystem::exists(directories->Work(layer)));
  EXPECT_TRUE(std::filesystem::is_directory(directories->Work(root)));
  EXPECT_TRUE(directories->HasTree(layer));
  EXPECT_FALSE(directories->HasTree(99));
  EXPECT_THAT(directories->OpenTree(layer), IsOk());
  EXPECT_THAT(directories->Sync(), IsOk());
}

KERNEL_TEST(SnapshotDirectories, OfAnEarlierOneThereAreAnyOrNone) {
  test::TempDir space;
  EXPECT_THAT(SnapshotDirectories::HasAny(space.path()), test::IsOkAndHolds(false));
  const auto directories = Open(space);
  EXPECT_THAT(SnapshotDirectories::HasAny(space.path()), test::IsOkAndHolds(false));
  ASSERT_OK_AND_ASSIGN(const int64_t number, directories->Make(false));
  EXPECT_THAT(SnapshotDirectories::HasAny(space.path()), test::IsOkAndHolds(true));
  EXPECT_THAT(directories->Discard(number), IsOk());
  EXPECT_THAT(SnapshotDirectories::HasAny(space.path()), test::IsOkAndHolds(false));
}

KERNEL_TEST(SnapshotDirectories, WhatCannotBeMadeWholeLeavesNothing) {
  test::TempDir space;
  ASSERT_EQ(mount("tmpfs", space.path().c_str(), "tmpfs", 0, "nr_inodes=20"), 0);
  {
    auto directories = Open(space);
    while (directories->Make(true).ok()) {
    }
    for (const auto& made : std::filesystem::directory_iterator(space.Join("snapshots"))) {
      EXPECT_TRUE(std::filesystem::exists(made.path() / "work")) << made;
    }
  }
  umount2(space.path().c_str(), MNT_DETACH);
}

KERNEL_TEST(SnapshotDirectories, DeletesInTwoSteps) {
  test::TempDir space;
  auto directories = Open(space);
  ASSERT_OK_AND_ASSIGN(int64_t number, directories->Make(false));
  space.Write("snapshots/" + std::to_string(number) + "/fs/d/f", "x");
  ASSERT_THAT(directories->Discard(number), IsOk());
  EXPECT_THAT(directories->Discard(number), IsOk());
  EXPECT_FALSE(directories->HasTree(number));
  EXPECT_FALSE(std::filesystem::is_empty(space.Join("trash")));
  ASSERT_THAT(directories->EmptyTrash(), IsOk());
  EXPECT_TRUE(std::filesystem::is_empty(space.Join("trash")));
}

KERNEL_TEST(SnapshotDirectories, DiscardsWhatNobodyKnowsAndUsesNoNumberTwice) {
  test::TempDir space;
  int64_t kept = 0;
  {
    auto directories = Open(space);
    ASSERT_OK_AND_ASSIGN(kept, directories->Make(false));
    ASSERT_THAT(directories->Make(false), IsOk());
  }
  std::filesystem::create_directories(space.Join("trash/40"));
  auto directories = Open(space);
  ASSERT_THAT(directories->DiscardOthers({kept}), IsOk());
  EXPECT_TRUE(directories->HasTree(kept));
  EXPECT_TRUE(directories->HasTree(0));
  ASSERT_OK_AND_ASSIGN(int64_t next, directories->Make(false));
  EXPECT_GT(next, 40);
  ASSERT_THAT(directories->Discard(next), IsOk());
  ASSERT_THAT(directories->EmptyTrash(), IsOk());
}

KERNEL_TEST(SnapshotDirectories, WhatHasNoNumberIsNotItsOwn) {
  test::TempDir space;
  auto directories = Open(space);
  constexpr const char* kOthers[] = {"x", "-1", "+7", "07", " 7", "7 ", "99999999999999999999"};
  for (const char* name : kOthers) {
    std::filesystem::create_directories(space.Join(std::string("snapshots/") + name + "/fs"));
  }
  EXPECT_THAT(SnapshotDirectories::HasAny(space.path()), test::IsOkAndHolds(false));
  std::filesystem::create_directories(space.Join("snapshots/7/fs"));
  EXPECT_THAT(SnapshotDirectories::HasAny(space.path()), test::IsOkAndHolds(true));
  EXPECT_THAT(directories->DiscardOthers({}), IsOk());
  EXPECT_FALSE(directories->HasTree(7));
  for (const char* name : kOthers) {
    EXPECT_TRUE(std::filesystem::exists(space.Join(std::string("snapshots/") + name + "/fs")))
        << "\"" << name << "\"";
  }
}

KERNEL_TEST(SnapshotDirectories, WhatCannotBeDiscardedIsLeftAlone) {
  test::TempDir space;
  auto directories = Open(space);
  for (const char* name : {"4", "5", "6"}) {
    std::filesystem::create_directories(space.Join(std::string("snapshots/") + name + "/fs"));
  }
  const std::string busy = space.Join("snapshots/5");
  ASSERT_EQ(mount("tmpfs", busy.c_str(), "tmpfs", 0, nullptr), 0);
  EXPECT_THAT(directories->DiscardOthers({}), IsOk());
  EXPECT_TRUE(std::filesystem::exists(busy));
  EXPECT_FALSE(std::filesystem::exists(space.Join("snapshots/4")));
  EXPECT_FALSE(std::filesystem::exists(space.Join("snapshots/6")));
  ASSERT_OK_AND_ASSIGN(const int64_t next, directories->Make(false));
  EXPECT_GT(next, 6);
  ASSERT_EQ(umount(busy.c_str()), 0);
}

KERNEL_TEST(SnapshotDirectories, WhatCannotBeRemovedKeepsNothingElse) {
  test::TempDir space;
  auto directories = Open(space);
  for (const char* name : {"1", "2", "3"}) {
    std::filesystem::create_directories(space.Join(std::string("trash/") + name + "/fs"));
  }
  const std::string busy = space.Join("trash/1/fs");
  ASSERT_EQ(mount("tmpfs", busy.c_str(), "tmpfs", 0, nullptr), 0);
  EXPECT_THAT(directories->EmptyTrash(), Not(IsOk()));
  EXPECT_TRUE(std::filesystem::exists(busy));
  EXPECT_FALSE(std::filesystem::exists(space.Join("trash/2")));
  EXPECT_FALSE(std::filesystem::exists(space.Join("trash/3")));
  ASSERT_EQ(umount(busy.c_str()), 0);
  EXPECT_THAT(directories->EmptyTrash(), IsOk());
  EXPECT_TRUE(std::filesystem::is_empty(space.Join("trash")));
}

}  // namespace
}  // namespace berth::imageservice
