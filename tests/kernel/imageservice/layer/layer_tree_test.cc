// SPDX-License-Identifier: Apache-2.0
// What unpacking whole archives does not show; see layer_extractor_test.cc for the rest.
#include "imageservice/layer/layer_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "base/sys/file.h"
#include "imageservice/layer/member_path.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;

constexpr timespec kTime = {1000, 0};

class TreeUnderTest {
 public:
  explicit TreeUnderTest(const MergedView* parents) : tree_(Open(parents)) {}

  LayerTree& operator*() { return tree_; }
  LayerTree* operator->() { return &tree_; }
  std::string Path(const std::string& name) const { return space_.Join("layer/" + name); }
  bool IsOpaque(const std::string& name) const {
    char value = 0;
    return getxattr(Path(name).c_str(), kOpaqueXattr, &value, 1) == 1 && value == 'y';
  }

 private:
  LayerTree Open(const MergedView* parents) {
    std::filesystem::create_directory(space_.Join("layer"));
    auto fd = sys::OpenAt(AT_FDCWD, space_.Join("layer").c_str(), O_RDONLY | O_DIRECTORY);
    absl::StatusOr<LayerTree> tree = LayerTree::Open(*std::move(fd), parents);
    EXPECT_THAT(tree, IsOk());
    return *std::move(tree);
  }

  test::TempDir space_;
  LayerTree tree_;
};

KERNEL_TEST(LayerTree, MakesDirectoriesOfModeAndOwnerWhateverTheUmask) {
  umask(077);
  MergedView none;
  TreeUnderTest tree(&none);
  ASSERT_OK_AND_ASSIGN(LayerTree::DirectoryRef directory, tree->Enter("a/b", kTime));
  EXPECT_EQ(directory->path, "a/b");
  struct stat info = {};
  ASSERT_EQ(stat(tree.Path("a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0755u);
  ASSERT_EQ(stat(tree.Path("").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0755u);
}

KERNEL_TEST(LayerTree, StaysRightWhenDirectoriesAreReplaced) {
  TreeUnderTest tree(nullptr);
  ASSERT_OK_AND_ASSIGN(LayerTree::DirectoryRef old, tree->Enter("a/b", kTime));
  ASSERT_OK_AND_ASSIGN(LayerTree::DirectoryRef root, tree->Enter("", kTime));
  ASSERT_THAT(tree->Clear(*root, "a"), IsOk());
  ASSERT_OK_AND_ASSIGN(LayerTree::DirectoryRef fresh, tree->Enter("a/b", kTime));
  struct stat before = {};
  struct stat after = {};
  ASSERT_EQ(fstat(old->fd.get(), &before), 0);
  ASSERT_EQ(fstat(fresh->fd.get(), &after), 0);
  EXPECT_EQ(before.st_nlink, 0u);
  EXPECT_NE(after.st_nlink, 0u);
  EXPECT_EQ(tree->directories(), 3u);
}

KERNEL_TEST(LayerTree, AsksForTheParentsOnlyWhenItMust) {
  TreeUnderTest tree(nullptr);
  ASSERT_OK_AND_ASSIGN(LayerTree::DirectoryRef root, tree->Enter("", kTime));
  EXPECT_THAT(tree->Enter("plain/directory", kTime), IsOk());
  ASSERT_EQ(symlink("plain", tree.Path("link").c_str()), 0);
  EXPECT_THAT(tree->Enter("link/directory", kTime), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(tree->CopyUp(*root, "nothing", [] { return absl::OkStatus(); }),
              StatusIs(absl::StatusCode::kAborted));
}

KERNEL_TEST(LayerTree, IsNotSettledByASymlinkBelow) {
  test::TempDir below;
  std::filesystem::create_directory(below.Join("usr"));
  std::filesystem::create_symlink("usr", below.Join("bin"));
  ASSERT_OK_AND_ASSIGN(MergedView parents, MergedView::Open({below.path()}));
  TreeUnderTest implied(nullptr);
  ASSERT_THAT(implied->Enter("bin", kTime), IsOk());
  EXPECT_THAT(implied->Settle(parents), IsOkAndHolds(false));
  TreeUnderTest declared(nullptr);
  ASSERT_THAT(declared->Declare("bin", 0755, kTime), IsOk());
  EXPECT_THAT(declared->Settle(parents), IsOkAndHolds(true));
  TreeUnderTest hidden(nullptr);
  ASSERT_OK_AND_ASSIGN(LayerTree::DirectoryRef root, hidden->Enter("", kTime));
  ASSERT_THAT(hidden->MakeOpaque(*root), IsOk());
  ASSERT_THAT(hidden->Enter("bin", kTime), IsOk());
  EXPECT_THAT(hidden->Settle(parents), IsOkAndHolds(true));
}

KERNEL_TEST(LayerTree, MarksWhatReplacesAnEntryOfItsOwnAsOpaque) {
  TreeUnderTest tree(nullptr);
  ASSERT_OK_AND_ASSIGN(LayerTree::DirectoryRef root, tree->Enter("", kTime));
  ASSERT_THAT(tree->WhiteOut(*root, "a"), IsOk());
  ASSERT_THAT(tree->Enter("a/b", kTime), IsOk());
  EXPECT_TRUE(tree.IsOpaque("a"));
  EXPECT_FALSE(tree.IsOpaque("a/b"));
  ASSERT_THAT(tree->WhiteOut(*root, "c"), IsOk());
  ASSERT_THAT(tree->Declare("c", 0755, kTime), IsOk());
  EXPECT_TRUE(tree.IsOpaque("c"));
  ASSERT_THAT(tree->Declare("d", 0755, kTime), IsOk());
  EXPECT_FALSE(tree.IsOpaque("d"));
  ASSERT_THAT(tree->WhiteOut(*root, "d"), IsOk());
  EXPECT_TRUE(tree.IsOpaque("d"));
}

KERNEL_TEST(LayerTree, OpensMoreDirectoriesThanItKeepsOpen) {
  MergedView none;
  TreeUnderTest tree(&none);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 200; ++i) {
      ASSERT_THAT(tree->Enter("d/" + std::to_string(i) + "/e", kTime), IsOk());
    }
  }
  EXPECT_EQ(tree->directories(), 1 + 1 + 400u);
}

}  // namespace
}  // namespace berth::imageservice
