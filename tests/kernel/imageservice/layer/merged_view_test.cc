// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/merged_view.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <tuple>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::StatusIs;
using Kind = MergedNode::Kind;

// Layers by hand, the first added being the lowest.
class Layers {
 public:
  Layers& Next() {
    directories_.insert(directories_.begin(), space_.Join(std::to_string(directories_.size())));
    std::filesystem::create_directory(directories_.front());
    return *this;
  }
  Layers& File(const std::string& name, const std::string& content) {
    space_.Write(Relative(name), content);
    return *this;
  }
  Layers& Link(const std::string& name, const std::string& target) {
    EXPECT_EQ(symlink(target.c_str(), Path(name).c_str()), 0);
    return *this;
  }
  Layers& Whiteout(const std::string& name) {
    EXPECT_EQ(mknod(Path(name).c_str(), S_IFCHR, makedev(0, 0)), 0);
    return *this;
  }
  Layers& Opaque(const std::string& name) {
    EXPECT_EQ(setxattr(Path(name).c_str(), kOpaqueXattr, "y", 1, 0), 0);
    return *this;
  }
  MergedView View() {
    absl::StatusOr<MergedView> view = MergedView::Open(directories_);
    EXPECT_THAT(view, test::IsOk());
    return *std::move(view);
  }

 private:
  std::string Relative(const std::string& name) const {
    return std::filesystem::path(directories_.front()).filename().string() + "/" + name;
  }
  std::string Path(const std::string& name) const { return directories_.front() + "/" + name; }

  test::TempDir space_;
  std::vector<std::string> directories_;
};

Kind KindOf(const absl::StatusOr<MergedNode>& node) {
  EXPECT_THAT(node, test::IsOk());
  return node.ok() ? node->kind : Kind::kOther;
}

std::string Content(const absl::StatusOr<MergedNode>& node) {
  EXPECT_THAT(node, test::IsOk());
  if (!node.ok() || node->kind != Kind::kRegular) {
    return "no file";
  }
  char buffer[100];
  ssize_t size = pread(node->file.get(), buffer, sizeof(buffer), 0);
  return std::string(buffer, static_cast<size_t>(size));
}

KERNEL_TEST(MergedView, ShowsTheTopmostAndMergesDirectories) {
  Layers layers;
  layers.Next().File("d/a", "low").File("d/b", "low").File("f", "low");
  layers.Next().File("d/a", "high").File("g", "high");
  MergedView view = layers.View();
  EXPECT_EQ(Content(view.Find("d/a")), "high");
  EXPECT_EQ(Content(view.Find("d/b")), "low");
  EXPECT_EQ(Content(view.Find("f")), "low");
  EXPECT_EQ(Content(view.Find("g")), "high");
  EXPECT_EQ(KindOf(view.Find("nothing")), Kind::kAbsent);
  EXPECT_EQ(KindOf(view.Find("f/below")), Kind::kAbsent);
  ASSERT_OK_AND_ASSIGN(MergedNode d, view.Find("d"));
  EXPECT_EQ(d.directories.size(), 2u);
  EXPECT_EQ(KindOf(view.Find("")), Kind::kDirectory);
}

KERNEL_TEST(MergedView, HonoursWhiteoutsAndOpaqueDirectories) {
  Layers layers;
  layers.Next().File("gone", "x").File("d/old", "x").File("e/old", "x").File("replaced/old", "x");
  layers.Next()
      .Whiteout("gone")
      .File("d/new", "x")
      .Opaque("d")
      .Whiteout("e")
      .File("replaced", "file");
  layers.Next().File("d/newer", "x").File("e/new", "x").File("replaced/new", "x");
  MergedView view = layers.View();
  EXPECT_EQ(KindOf(view.Find("gone")), Kind::kAbsent);
  EXPECT_EQ(KindOf(view.Find("d/old")), Kind::kAbsent);
  EXPECT_EQ(Content(view.Find("d/new")), "x");
  EXPECT_EQ(Content(view.Find("d/newer")), "x");
  EXPECT_EQ(KindOf(view.Find("e/old")), Kind::kAbsent) << "a whiteout between the layers";
  EXPECT_EQ(Content(view.Find("e/new")), "x");
  EXPECT_EQ(KindOf(view.Find("replaced/old")), Kind::kAbsent) << "a file between the layers";
  EXPECT_EQ(Content(view.Find("replaced/new")), "x");
}

KERNEL_TEST(MergedView, FindsWithoutAndResolvesWithSymlinks) {
  Layers layers;
  layers.Next()
      .File("usr/bin/sh", "sh")
      .Link("bin", "usr/bin")
      .Link("abs", "/usr")
      .Link("out", "../../usr");
  layers.Next()
      .File("usr/bin/x", "x")
      .Link("loop", "loop")
      .Link("two", "bin/../bin/x")
      .Link("nowhere", "none");
  MergedView view = layers.View();
  EXPECT_EQ(KindOf(view.Find("bin")), Kind::kSymlink);
  EXPECT_EQ(KindOf(view.Find("bin/sh")), Kind::kAbsent);
  EXPECT_EQ(Content(view.Resolve("bin/sh")), "sh");
  EXPECT_EQ(Content(view.Resolve("/abs/bin/x")), "x");
  EXPECT_EQ(Content(view.Resolve("out/bin/x")), "x");
  EXPECT_EQ(Content(view.Resolve("two")), "x");
  EXPECT_EQ(Content(view.Resolve("../../usr/./bin/../bin/sh")), "sh");
  EXPECT_EQ(KindOf(view.Resolve("nowhere")), Kind::kAbsent);
  EXPECT_EQ(KindOf(view.Resolve("usr")), Kind::kDirectory);
  EXPECT_EQ(KindOf(view.Resolve("usr/bin/sh/more")), Kind::kAbsent);
  EXPECT_THAT(view.Resolve("loop"), StatusIs(absl::StatusCode::kInvalidArgument));
}

KERNEL_TEST(MergedView, ResolvesHoldingSoManyDirectoriesAndNoMore) {
  constexpr size_t kLayers = 32, kDepth = kMaxHeldDirectories / kLayers;
  constexpr rlim_t kDescriptors = kMaxHeldDirectories + 1000;
  struct rlimit limit = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = std::max(limit.rlim_cur, kDescriptors);
  limit.rlim_max = std::max(limit.rlim_max, kDescriptors);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  std::string deepest, too_deep;
  for (size_t i = 0; i < kDepth; ++i) {
    deepest += "d/";
  }
  too_deep = deepest + "d/";
  Layers layers;
  for (size_t i = 0; i < kLayers; ++i) {
    layers.Next().File(too_deep + "f", "x");
  }
  const MergedView view = layers.View();
  ASSERT_OK_AND_ASSIGN(const MergedNode node, view.Resolve(deepest));
  EXPECT_EQ(node.directories.size(), kLayers);
  EXPECT_EQ(KindOf(view.Resolve(deepest + "../" + deepest.substr(0, 2))), Kind::kDirectory)
      << "what has been left does not count";
  EXPECT_THAT(view.Resolve(too_deep + "f"), StatusIs(absl::StatusCode::kInvalidArgument));
}

KERNEL_TEST(MergedView, OfNoLayersIsAnEmptyRoot) {
  MergedView view;
  EXPECT_TRUE(view.empty());
  EXPECT_EQ(KindOf(view.Find("")), Kind::kDirectory);
  EXPECT_EQ(KindOf(view.Find("a")), Kind::kAbsent);
  EXPECT_EQ(KindOf(view.Resolve("/a")), Kind::kAbsent);
}

KERNEL_TEST(MergedView, WhatIsHiddenIsNotFoundByAnyWay) {
  Layers layers;
  layers.Next().File("kept/f", "x").File("hidden/f", "x").File("kept/g", "x");
  layers.Link("to-hidden", "hidden").Link("kept/up", "../hidden/f");
  MergedView view = layers.View();
  std::vector<std::string> asked;
  view.Hide([&](absl::string_view path, bool is_directory) {
    asked.emplace_back(path);
    EXPECT_EQ(is_directory, path == "hidden" || path == "kept");
    return path == "hidden" || path == "kept/g";
  });
  EXPECT_EQ(Content(view.Resolve("kept/f")), "x");
  for (const char* path :
       {"hidden", "hidden/f", "to-hidden/f", "kept/up", "kept/g", "/kept/../hidden"}) {
    EXPECT_EQ(KindOf(view.Resolve(path)), Kind::kAbsent) << path;
  }
  EXPECT_THAT(asked, testing::Contains("kept/up"));
  EXPECT_EQ(Content(view.Find("hidden/f")), "x");  // Find is for those who may see it
}

KERNEL_TEST(MergedView, WhoseItsRootIsMayNotCount) {
  test::TempDir space;
  ASSERT_EQ(chmod(space.path().c_str(), 0711), 0);
  ASSERT_EQ(chown(space.path().c_str(), 7, 8), 0);
  ASSERT_OK_AND_ASSIGN(MergedView view, MergedView::Open({space.path()}));
  view.Hide([](absl::string_view, bool) { return false; });
  const auto root = [&view] {
    const absl::StatusOr<MergedNode> node = view.Resolve("");
    EXPECT_TRUE(node.ok()) << node.status();
    return std::tuple(node->info.st_mode & 07777, node->info.st_uid, node->info.st_gid);
  };
  EXPECT_EQ(root(), std::tuple(0711u, 7u, 8u));
  view.DisownRoot();
  EXPECT_EQ(root(), std::tuple(0755u, 0u, 0u));
}

KERNEL_TEST(MergedView, OfADirectoryIsWhatIsThereNow) {
  test::TempDir space;
  MergedView view = MergedView::OfDirectory(
      sys::Fd(open(space.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  EXPECT_EQ(KindOf(view.Resolve("f")), Kind::kAbsent);
  std::ofstream(space.Join("f")) << "now";
  EXPECT_EQ(Content(view.Resolve("f")), "now");
}

}  // namespace
}  // namespace berth::imageservice
