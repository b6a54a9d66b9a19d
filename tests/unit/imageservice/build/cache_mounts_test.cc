// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/cache_mounts.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "base/digest.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/imageservice/build/tree_under_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;

RunMount Cache(RunMount::Sharing sharing, const std::string& id = "id") {
  RunMount mount;
  mount.type = RunMount::Type::kCache;
  mount.target = "/t";
  mount.id = id;
  mount.sharing = sharing;
  mount.mode = 0711;
  return mount;
}

const Call kNow(absl::InfinitePast());

TEST(CacheMounts, AreSharedByTheirId) {
  const TreeUnderTest tree;
  CacheMounts mounts(tree.path());
  const absl::StatusOr<CacheLease> first =
      mounts.Acquire(Call(), Cache(RunMount::Sharing::kShared));
  const absl::StatusOr<CacheLease> again =
      mounts.Acquire(Call(), Cache(RunMount::Sharing::kShared));
  const absl::StatusOr<CacheLease> other =
      mounts.Acquire(Call(), Cache(RunMount::Sharing::kShared, "../other"));
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(other, IsOk());
  EXPECT_EQ(first->path(), again->path());
  EXPECT_NE(first->path(), other->path());
  EXPECT_EQ(std::filesystem::status(first->path()).permissions(),
            static_cast<std::filesystem::perms>(0711));
}

TEST(CacheMounts, ALockedOneIsOneUsers) {
  const TreeUnderTest tree;
  CacheMounts mounts(tree.path());
  {
    const absl::StatusOr<CacheLease> held =
        mounts.Acquire(Call(), Cache(RunMount::Sharing::kLocked));
    ASSERT_THAT(held, IsOk());
    EXPECT_THAT(mounts.Acquire(kNow, Cache(RunMount::Sharing::kShared)),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
    const absl::StatusOr<CacheLease> own =
        mounts.Acquire(Call(), Cache(RunMount::Sharing::kPrivate));
    ASSERT_THAT(own, IsOk());
    EXPECT_NE(own->path(), held->path());
  }
  EXPECT_THAT(mounts.Acquire(Call(), Cache(RunMount::Sharing::kLocked)), IsOk());
}

TEST(CacheMounts, ArePrunedWhenNobodyUsesThem) {
  const TreeUnderTest tree;
  CacheMounts mounts(tree.path());
  std::string gone;
  {
    const absl::StatusOr<CacheLease> lease =
        mounts.Acquire(Call(), Cache(RunMount::Sharing::kShared, "gone"));
    ASSERT_THAT(lease, IsOk());
    gone = lease->path();
  }
  const absl::StatusOr<CacheLease> used = mounts.Acquire(Call(), Cache(RunMount::Sharing::kShared));
  ASSERT_THAT(mounts.Prune(), IsOk());
  EXPECT_FALSE(std::filesystem::exists(gone));
  EXPECT_TRUE(std::filesystem::exists(used->path()));
}

TEST(CacheMounts, WhatWasBegunByAnEarlierDaemonGoes) {
  TreeUnderTest tree;
  const std::string half = ".new-" + std::string(Digest::OfBytes("id").hex());
  tree.Add(half + "/").Add(".trash/left").Add(".new-other/left");
  CacheMounts mounts(tree.path());
  {
    const absl::StatusOr<CacheLease> lease =
        mounts.Acquire(Call(), Cache(RunMount::Sharing::kShared));
    ASSERT_THAT(lease, IsOk());
    EXPECT_EQ(std::filesystem::status(lease->path()).permissions(),
              static_cast<std::filesystem::perms>(0711));
    EXPECT_FALSE(std::filesystem::exists(tree.path() + "/" + half));
    ASSERT_THAT(CacheMounts::EmptyTrash(tree.path()), IsOk());
    EXPECT_FALSE(std::filesystem::exists(tree.path() + "/.trash"));
    ASSERT_THAT(mounts.Prune(), IsOk());
    EXPECT_TRUE(std::filesystem::exists(lease->path())) << "it is in use";
    EXPECT_FALSE(std::filesystem::exists(tree.path() + "/.new-other"));
  }
  ASSERT_THAT(mounts.Prune(), IsOk());
  EXPECT_TRUE(std::filesystem::is_empty(tree.path()));
}

TEST(CacheMounts, HaveALimit) {
  TreeUnderTest tree;
  for (size_t i = 0; i < kMaxCacheMounts; ++i) {
    tree.Add(absl::StrCat(i, "/"));
  }
  const std::string known(Digest::OfBytes("known").hex());
  CacheMounts mounts(tree.path());
  EXPECT_THAT(mounts.Acquire(Call(), Cache(RunMount::Sharing::kShared)),
              StatusIs(absl::StatusCode::kResourceExhausted, ::testing::HasSubstr("prune")));
  tree.Add(known + "/");
  EXPECT_THAT(mounts.Acquire(Call(), Cache(RunMount::Sharing::kShared, "known")), IsOk())
      << "it is there";
}

}  // namespace
}  // namespace berth::imageservice
