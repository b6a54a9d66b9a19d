// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/cache_mounts.h"

#include <fstream>

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

constexpr uint64_t kEnough = 1 << 30;
const Call kNow(absl::InfinitePast());

TEST(CacheMounts, AreSharedByTheirId) {
  const TreeUnderTest tree;
  CacheMounts mounts(tree.path(), kEnough);
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

CacheSeed SeedOf(const std::string& text) {
  return {text, [text](const std::string& directory) {
            std::ofstream(directory + "/file") << text;
            std::filesystem::permissions(directory, std::filesystem::perms::owner_all);
            return absl::OkStatus();
          }};
}

TEST(CacheMounts, BeginWithWhatTheyAreBasedOn) {
  const TreeUnderTest tree;
  CacheMounts mounts(tree.path(), kEnough);
  RunMount mount = Cache(RunMount::Sharing::kShared);
  mount.mode.reset();
  std::string path;
  {
    const absl::StatusOr<CacheLease> first = mounts.Acquire(Call(), mount, SeedOf("one"));
    ASSERT_THAT(first, IsOk());
    path = first->path();
    EXPECT_EQ(std::filesystem::file_size(path + "/file"), 3u);
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms::owner_all);
    std::ofstream(path + "/file") << "changed";
  }
  EXPECT_EQ(mounts.Acquire(Call(), mount, SeedOf("one"))->path(), path);
  EXPECT_EQ(std::filesystem::file_size(path + "/file"), 7u) << "only a new one is filled";
  EXPECT_NE(mounts.Acquire(Call(), mount, SeedOf("other"))->path(), path);
  const absl::StatusOr<CacheLease> empty =
      mounts.Acquire(Call(), Cache(RunMount::Sharing::kShared));
  EXPECT_TRUE(std::filesystem::is_empty(empty->path()));
}

TEST(CacheMounts, WhatCannotBeFilledIsNotThere) {
  const TreeUnderTest tree;
  CacheMounts mounts(tree.path(), kEnough);
  CacheSeed seed = SeedOf("text");
  seed.copy = [copy = seed.copy](const std::string& directory) {
    EXPECT_THAT(copy(directory), IsOk());
    return absl::ResourceExhaustedError("full");
  };
  const RunMount mount = Cache(RunMount::Sharing::kShared);
  EXPECT_THAT(mounts.Acquire(Call(), mount, seed), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_TRUE(std::filesystem::is_empty(tree.path()));
  EXPECT_THAT(mounts.Acquire(Call(), mount, SeedOf("text")), IsOk());
}

TEST(CacheMounts, ALockedOneIsOneUsers) {
  const TreeUnderTest tree;
  CacheMounts mounts(tree.path(), kEnough);
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
  CacheMounts mounts(tree.path(), kEnough);
  std::string gone;
  {
    const absl::StatusOr<CacheLease> lease =
        mounts.Acquire(Call(), Cache(RunMount::Sharing::kShared, "gone"));
    ASSERT_THAT(lease, IsOk());
    gone = lease->path();
  }
  const absl::StatusOr<CacheLease> used = mounts.Acquire(Call(), Cache(RunMount::Sharing::kShared));
  ASSERT_THAT(mounts.Prune(Call(), {}), IsOk());
  EXPECT_FALSE(std::filesystem::exists(gone));
  EXPECT_TRUE(std::filesystem::exists(used->path()));
}

TEST(CacheMounts, WhatWasBegunByAnEarlierDaemonGoes) {
  TreeUnderTest tree;
  const std::string half = ".new-" + std::string(Digest::OfBytes("id").hex());
  tree.Add(half + "/").Add(".trash/left").Add(".new-other/left");
  CacheMounts mounts(tree.path(), kEnough);
  {
    const absl::StatusOr<CacheLease> lease =
        mounts.Acquire(Call(), Cache(RunMount::Sharing::kShared));
    ASSERT_THAT(lease, IsOk());
    EXPECT_EQ(std::filesystem::status(lease->path()).permissions(),
              static_cast<std::filesystem::perms>(0711));
    EXPECT_FALSE(std::filesystem::exists(tree.path() + "/" + half));
    ASSERT_THAT(CacheMounts::EmptyTrash(tree.path()), IsOk());
    EXPECT_FALSE(std::filesystem::exists(tree.path() + "/.trash"));
    ASSERT_THAT(mounts.Prune(Call(), {}), IsOk());
    EXPECT_TRUE(std::filesystem::exists(lease->path())) << "it is in use";
    EXPECT_FALSE(std::filesystem::exists(tree.path() + "/.new-other"));
  }
  ASSERT_THAT(mounts.Prune(Call(), {}), IsOk());
  EXPECT_TRUE(std::filesystem::is_empty(tree.path()));
}

// Uses it once and leaves a file in it.
void Fill(CacheMounts& mounts, const std::string& id, size_t bytes) {
  const absl::StatusOr<CacheLease> lease =
      mounts.Acquire(Call(), Cache(RunMount::Sharing::kShared, id));
  ASSERT_THAT(lease, IsOk());
  std::ofstream(lease->path() + "/file") << std::string(bytes, 'x');
}

TEST(CacheMounts, TellWhatTheyOccupyAndWhenTheyWereUsed) {
  const TreeUnderTest tree;
  CacheMounts mounts(tree.path(), kEnough);
  Fill(mounts, "first", 1 << 20);
  Fill(mounts, "second", 0);
  Fill(mounts, "first", 2 << 20);
  const absl::StatusOr<CacheLease> used =
      mounts.Acquire(Call(), Cache(RunMount::Sharing::kShared, "second"));
  const absl::StatusOr<std::vector<CacheDirectory>> all = mounts.List(Call());
  ASSERT_THAT(all, IsOk());
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].name, Digest::OfBytes("second").hex());
  EXPECT_TRUE((*all)[0].in_use);
  EXPECT_EQ((*all)[1].name, Digest::OfBytes("first").hex());
  EXPECT_FALSE((*all)[1].in_use);
  EXPECT_GE((*all)[1].bytes, 2u << 20);
  EXPECT_LT((*all)[1].bytes, 3u << 20);
  EXPECT_GE((*all)[1].used_at, (*all)[0].used_at);
}

TEST(CacheMounts, AreMeasuredAgainWhenTheyWereUsedMeanwhile) {
  const TreeUnderTest tree;
  CacheMounts mounts(tree.path(), kEnough);
  Fill(mounts, "one", 0);
  const std::string place = absl::StrCat(tree.path(), "/", Digest::OfBytes("one").hex(), "/file");
  int looks = 0;
  const Call busy(absl::InfiniteFuture(), [&] {
    if (++looks == 1) {  // at the beginning of the walk: this file is not seen by it
      Fill(mounts, "one", 1 << 20);
      std::filesystem::remove(place);
    }
    return false;
  });
  ASSERT_LT(mounts.List(busy)->at(0).bytes, 1u << 20);
  ASSERT_GE(looks, 1);
  std::ofstream(place) << std::string(1 << 20, 'x');
  EXPECT_GE(mounts.List(Call())->at(0).bytes, 1u << 20) << "the size of before is not kept";
  EXPECT_THAT(CacheMounts(tree.path(), kEnough).List(Call(absl::InfinitePast())),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST(CacheMounts, WhatCannotGoKeepsNothingElse) {
  const TreeUnderTest tree;
  CacheMounts mounts(tree.path(), kEnough);
  Fill(mounts, "stays", 1);
  Fill(mounts, "goes", 1);
  const std::string stays(Digest::OfBytes("stays").hex());
  const auto block = [&](const std::string& name) {  // the place where it is to go
    if (name == stays) {
      std::filesystem::create_directories(tree.path() + "/.trash/" + name + "/in-the-way");
    }
    return true;
  };
  const auto gone = mounts.Prune(Call(), {.takes = block});
  ASSERT_THAT(gone, IsOk());
  ASSERT_EQ(gone->size(), 1u);
  EXPECT_EQ(gone->at(0).name, Digest::OfBytes("goes").hex());
  EXPECT_TRUE(std::filesystem::exists(tree.path() + "/" + stays));
}

TEST(CacheMounts, GoByAge) {
  const TreeUnderTest tree;
  CacheMounts mounts(tree.path(), kEnough);
  Fill(mounts, "old", 1 << 20);
  const absl::StatusOr<std::vector<CacheDirectory>> all = mounts.List(Call());
  ASSERT_THAT(all, IsOk());
  const absl::Time used_at = all->at(0).used_at;
  auto gone = mounts.Prune(Call(), {.unused_since = used_at});
  ASSERT_THAT(gone, IsOk());
  EXPECT_TRUE(gone->empty());
  gone = mounts.Prune(Call(), {.unused_since = used_at + absl::Nanoseconds(1)});
  ASSERT_THAT(gone, IsOk());
  ASSERT_EQ(gone->size(), 1u);
  EXPECT_GE(gone->at(0).bytes, 1u << 20);
}

TEST(CacheMounts, TogetherHaveALimit) {
  const TreeUnderTest tree;
  CacheMounts mounts(tree.path(), 5 << 20);
  Fill(mounts, "a", 2 << 20);
  Fill(mounts, "b", 2 << 20);
  ASSERT_THAT(mounts.Shrink(Call()), IsOk());
  EXPECT_EQ(mounts.List(Call())->size(), 2u);
  Fill(mounts, "c", 2 << 20);
  ASSERT_THAT(mounts.Shrink(Call()), IsOk());
  const absl::StatusOr<std::vector<CacheDirectory>> left = mounts.List(Call());
  ASSERT_THAT(left, IsOk());
  ASSERT_EQ(left->size(), 2u);
  EXPECT_EQ(left->at(0).name, Digest::OfBytes("b").hex()) << "the one unused for longest goes";
  Fill(mounts, "d", 6 << 20);
  absl::Status meanwhile;
  const auto shrinks_too = [&](const std::string&) {
    meanwhile = mounts.Shrink(Call::WithTimeout(absl::ZeroDuration()));
    return false;
  };
  ASSERT_THAT(mounts.Prune(Call(), {.takes = shrinks_too}), IsOk());
  EXPECT_THAT(meanwhile, StatusIs(absl::StatusCode::kDeadlineExceeded));
  ASSERT_THAT(mounts.Shrink(Call()), IsOk()) << "what failed is tried again";
  EXPECT_TRUE(mounts.List(Call())->empty()) << "so does one that is too large by itself";
}

TEST(CacheMounts, HaveALimit) {
  TreeUnderTest tree;
  for (size_t i = 0; i < kMaxCacheMounts; ++i) {
    tree.Add(absl::StrCat(i, "/"));
  }
  const std::string known(Digest::OfBytes("known").hex());
  CacheMounts mounts(tree.path(), kEnough);
  EXPECT_THAT(mounts.Acquire(Call(), Cache(RunMount::Sharing::kShared)),
              StatusIs(absl::StatusCode::kResourceExhausted, ::testing::HasSubstr("prune")));
  tree.Add(known + "/");
  EXPECT_THAT(mounts.Acquire(Call(), Cache(RunMount::Sharing::kShared, "known")), IsOk())
      << "it is there";
}

TEST(CacheMounts, WhoWaitsForAnotherPruneMayLeave) {
  const TreeUnderTest tree;
  CacheMounts mounts(tree.path(), kEnough);
  Fill(mounts, "old", 4096);
  absl::Status second;
  const auto ask = [&](const std::string&) {
    second = mounts.Prune(Call::WithTimeout(absl::ZeroDuration()), {}).status();
    return true;
  };
  EXPECT_THAT(mounts.Prune(Call(), {.takes = ask}), IsOk());
  EXPECT_THAT(second, StatusIs(absl::StatusCode::kDeadlineExceeded));
}

}  // namespace
}  // namespace berth::imageservice
