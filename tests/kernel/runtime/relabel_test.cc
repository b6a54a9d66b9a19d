// SPDX-License-Identifier: Apache-2.0
// On a kernel without SELinux the attribute is text like any other.
#include "runtime/relabel.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/mount.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::runtime {
namespace {

std::string LabelOf(const std::string& path) {
  char value[256] = {};
  const ssize_t size = lgetxattr(path.c_str(), "security.selinux", value, sizeof(value));
  return size <= 0 ? std::string() : std::string(value);
}

void MountTmpfs(const std::string& path) {
  const sys::ErrnoOr<sys::DetachedMount> made = sys::NewMount("tmpfs", {}, 0);
  const sys::ErrnoOr<sys::Fd> place = sys::OpenAt(AT_FDCWD, path.c_str(), O_PATH);
  ASSERT_TRUE(made.ok() && place.ok() && made->AttachAt(place->get()).ok());
}

void Bind(const std::string& source, const std::string& path) {
  const sys::ErrnoOr<sys::DetachedMount> made = sys::CloneMount(AT_FDCWD, source.c_str(), false);
  const sys::ErrnoOr<sys::Fd> place = sys::OpenAt(AT_FDCWD, path.c_str(), O_PATH);
  ASSERT_TRUE(made.ok() && place.ok() && made->AttachAt(place->get()).ok());
}

// A tmpfs in a directory whose way has no links.
class Tree {
 public:
  Tree() {
    std::filesystem::create_directories(base_);
    MountTmpfs(base_);
  }
  ~Tree() { umount2(base_.c_str(), MNT_DETACH); }

  std::string Path(const std::string& name) const { return base_ + "/" + name; }
  void Make(const std::string& name) const { std::filesystem::create_directories(Path(name)); }
  void Write(const std::string& name) const { directory_.Write("mounted/" + name, "x"); }
  std::string Label(const std::string& name) const { return LabelOf(Path(name)); }

 private:
  const test::TempDir directory_;
  const std::string base_ = std::filesystem::canonical(directory_.path()).string() + "/mounted";
};

constexpr char kNew[] = "u:object_r:new_t:s0";

KERNEL_TEST(Relabel, ReachesAllOfATreeAndNothingElse) {
  const Tree tree;
  tree.Write("volume/sub/file");
  tree.Write("outside/file");
  tree.Make("volume/sub/mounted");
  tree.Make("volume/sub/bound");
  ASSERT_EQ(symlink(tree.Path("outside").c_str(), tree.Path("volume/link").c_str()), 0);
  ASSERT_EQ(mkfifo(tree.Path("volume/fifo").c_str(), 0600), 0);
  MountTmpfs(tree.Path("volume/sub/mounted"));
  tree.Write("volume/sub/mounted/other");
  Bind(tree.Path("outside"), tree.Path("volume/sub/bound"));
  ASSERT_THAT(Relabel(Call(), tree.Path("volume"), "u:object_r:file_t:s0:c1,c2", {}), test::IsOk());
  for (const char* name : {"volume", "volume/sub", "volume/sub/file", "volume/fifo"}) {
    EXPECT_EQ(tree.Label(name), "u:object_r:file_t:s0:c1,c2") << name;
  }
  EXPECT_EQ(tree.Label("outside"), "");
  EXPECT_EQ(tree.Label("outside/file"), "") << "a bind of the same filesystem";
  EXPECT_EQ(tree.Label("volume/sub/mounted/other"), "");
}

KERNEL_TEST(Relabel, RefusesWhatIsOfTheNodeUnderAnotherName) {
  const Tree tree;
  tree.Write("daemon/snapshots/1");
  tree.Make("other");
  Bind(tree.Path("daemon/snapshots"), tree.Path("other"));
  const DaemonPlaces daemon = {.root = tree.Path("daemon"), .state = ""};
  EXPECT_THAT(Relabel(Call(), tree.Path("other"), kNew, daemon),
              test::StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(tree.Label("daemon/snapshots/1"), "");
  ASSERT_EQ(symlink(tree.Path("daemon").c_str(), tree.Path("link").c_str()), 0);
  EXPECT_THAT(Relabel(Call(), tree.Path("daemon/snapshots"), kNew,
                      {.root = tree.Path("link"), .state = ""}),
              test::StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Relabel(Call(), tree.Path("link/snapshots"), kNew, {}),
              test::StatusIs(absl::StatusCode::kInternal))
      << "a link on the way";
  EXPECT_THAT(Relabel(Call(), tree.Path("other"), kNew, {}), test::IsOk());
}

KERNEL_TEST(Relabel, OfOursOnceIsEnough) {
  const Tree tree;
  tree.Write("store/1/fs/file");
  ASSERT_THAT(LabelOwn(Call(), tree.Path("store"), kNew), test::IsOk());
  EXPECT_EQ(tree.Label("store"), kNew);
  EXPECT_EQ(tree.Label("store/1/fs/file"), kNew);
  tree.Write("store/2/fs/file");
  ASSERT_THAT(LabelOwn(Call(), tree.Path("store"), kNew), test::IsOk());
  EXPECT_EQ(tree.Label("store/2/fs/file"), "") << "the kernel's to inherit";
  ASSERT_THAT(LabelOwn(Call(), tree.Path("store/2/fs/file"), kNew), test::IsOk());
  EXPECT_EQ(tree.Label("store/2/fs/file"), kNew);
  EXPECT_THAT(LabelOwn(Call(), tree.Path("absent"), kNew),
              test::StatusIs(absl::StatusCode::kNotFound));
}

KERNEL_TEST(Relabel, NestingTooDeepFailsOnlyWhereItWasAskedFor) {
  const Tree tree;
  std::string deep = "volume";
  for (int i = 0; i < kMaxRelabelDepth + 1; ++i) {
    deep += "/d";
  }
  tree.Make(deep);
  tree.Write("volume/z/file");
  EXPECT_THAT(Relabel(Call(), tree.Path("volume"), "u:object_r:old_t:s0", {}),
              test::StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(LabelOwn(Call(), tree.Path("volume"), kNew), test::IsOk());
  EXPECT_EQ(tree.Label("volume"), kNew);
  EXPECT_EQ(tree.Label("volume/z/file"), kNew);
  EXPECT_NE(tree.Label(deep), kNew);
}

KERNEL_TEST(Relabel, EndsWithItsCallAndBeginsAnew) {
  const Tree tree;
  tree.Write("volume/sub/file");
  const Call gone(absl::InfiniteFuture(), [] { return true; });
  EXPECT_THAT(Relabel(gone, tree.Path("volume"), "u:object_r:old_t:s0", {}),
              test::StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(LabelOwn(gone, tree.Path("volume"), kNew),
              test::StatusIs(absl::StatusCode::kCancelled));
  EXPECT_NE(tree.Label("volume"), kNew);
  EXPECT_THAT(LabelOwn(Call(), tree.Path("volume"), kNew), test::IsOk());
  EXPECT_EQ(tree.Label("volume/sub/file"), kNew);
}

KERNEL_TEST(Relabel, LeavesFilesystemsWithoutLabels) {
  const Tree tree;
  tree.Make("proc");
  const sys::ErrnoOr<sys::DetachedMount> made = sys::NewMount("proc", {}, 0);
  const sys::ErrnoOr<sys::Fd> target = sys::OpenAt(AT_FDCWD, tree.Path("proc").c_str(), O_PATH);
  ASSERT_TRUE(made.ok() && target.ok() && made->AttachAt(target->get()).ok());
  EXPECT_THAT(LabelOwn(Call(), tree.Path("proc"), "label"), test::IsOk());
}

}  // namespace
}  // namespace berth::runtime
