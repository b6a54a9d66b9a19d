// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/diff_writer.h"

#include <sys/stat.h>
#include <sys/xattr.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/imageservice/layer/layer_stack.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tar_builder.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::berth::test::TarBuilder;
using ::testing::ElementsAre;

absl::Status GoOn() {
  return absl::OkStatus();
}

// A layer, and a container's changes on top of it.
class Changes {
 public:
  Changes() {
    TarBuilder tar;
    tar.Directory("./", {.mode = 0755})
        .Directory("etc")
        .File("etc/a", "a")
        .File("etc/b", "b")
        .Directory("old")
        .File("old/f", "old")
        .File("top", "top");
    EXPECT_THAT(stack_.Add(tar.Finish()), IsOk());
    for (const char* name : {"upper", "work", "root"}) {
      std::filesystem::create_directory(stack_.space().Join(name));
    }
    const std::string options =
        absl::StrCat("lowerdir=", stack_.directories()[0], ",upperdir=", upper(),
                     ",workdir=", stack_.space().Join("work"));
    EXPECT_EQ(mount("overlay", root().c_str(), "overlay", 0, options.c_str()), 0);
  }
  ~Changes() { umount2(root().c_str(), MNT_DETACH); }
  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;

  std::string root() const { return stack_.space().Join("root"); }
  std::string upper() const { return stack_.space().Join("upper"); }
  std::string At(const std::string& path) const { return absl::StrCat(root(), "/", path); }
  void Write(const std::string& path, const std::string& text) const {
    std::ofstream(At(path)) << text;
  }
  LayerStack& stack() { return stack_; }

  absl::StatusOr<WrittenDiff> Diff(std::string& tar, const std::function<absl::Status()>& may_go_on,
                                   std::optional<int64_t> epoch = std::nullopt) {
    ASSIGN_OR_RETURN(
        const sys::Fd upper_fd,
        ToStatusOr(sys::OpenAt(AT_FDCWD, upper().c_str(), O_RDONLY | O_DIRECTORY), "upper"));
    TarWriter writer([&tar](absl::string_view bytes) {
      tar.append(bytes.data(), bytes.size());
      return absl::OkStatus();
    });
    return WriteDiff(upper_fd.get(), writer, may_go_on, {.epoch = epoch});
  }

 private:
  LayerStack stack_;
};

KERNEL_TEST(DiffWriter, WhatItWritesMakesTheSameTreeAgain) {
  Changes changes;
  changes.Write("new", "new");
  changes.Write("etc/a", "changed");
  ASSERT_EQ(chmod(changes.At("new").c_str(), 04755), 0);
  ASSERT_EQ(chown(changes.At("etc/a").c_str(), 1000, 1001), 0);
  ASSERT_EQ(link(changes.At("new").c_str(), changes.At("again").c_str()), 0);
  ASSERT_EQ(symlink("/etc/a", changes.At("soft").c_str()), 0);
  ASSERT_EQ(mkfifo(changes.At("fifo").c_str(), 0622), 0);
  ASSERT_EQ(mknod(changes.At("null").c_str(), S_IFCHR | 0666, makedev(1, 3)), 0);
  ASSERT_EQ(setxattr(changes.At("new").c_str(), "user.x", "value", 5, 0), 0);
  ASSERT_EQ(unlink(changes.At("etc/b").c_str()), 0);
  ASSERT_EQ(unlink(changes.At("top").c_str()), 0);
  std::filesystem::remove_all(changes.At("old"));
  ASSERT_EQ(mkdir(changes.At("old").c_str(), 0700), 0);
  changes.Write("old/g", "g");
  const std::string before = LayerStack::ListTree(changes.root());

  std::string tar;
  ASSERT_OK_AND_ASSIGN(const WrittenDiff diff, changes.Diff(tar, GoOn));
  EXPECT_THAT(diff.deleted, ElementsAre("etc/b", "top"));
  EXPECT_TRUE(diff.is_whole);
  ASSERT_THAT(changes.stack().Add(tar), IsOk());
  EXPECT_EQ(changes.stack().Listing(), before);
  const std::string file = changes.stack().directories()[0] + "/new";
  char value[8] = {};
  EXPECT_EQ(getxattr(file.c_str(), "user.x", value, sizeof(value)), 5);
  EXPECT_STREQ(value, "value");
  struct stat info = {};
  ASSERT_EQ(stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_nlink, 2u);
}

KERNEL_TEST(DiffWriter, RefusesWhatALayerCannotSay) {
  Changes changes;
  std::string tar;
  changes.Write("etc/.wh.a", "");
  EXPECT_THAT(changes.Diff(tar, GoOn).status(), StatusIs(absl::StatusCode::kFailedPrecondition));
  ASSERT_EQ(unlink(changes.At("etc/.wh.a").c_str()), 0);
  EXPECT_THAT(changes.Diff(tar, GoOn), IsOk());
  const std::string moved = changes.upper() + "/moved";
  ASSERT_EQ(mkdir(moved.c_str(), 0755), 0);
  ASSERT_EQ(setxattr(moved.c_str(), "trusted.overlay.redirect", "/old", 4, 0), 0);
  EXPECT_THAT(changes.Diff(tar, GoOn).status(), StatusIs(absl::StatusCode::kFailedPrecondition));
}

KERNEL_TEST(DiffWriter, CutsTimesAndSaysSo) {
  Changes changes;
  changes.Write("new", "new");
  ASSERT_EQ(mknod(changes.At("socket").c_str(), S_IFSOCK | 0600, 0), 0);
  std::string tar;
  ASSERT_OK_AND_ASSIGN(WrittenDiff diff, changes.Diff(tar, GoOn));
  EXPECT_FALSE(diff.is_whole);
  ASSERT_EQ(unlink(changes.At("socket").c_str()), 0);
  tar.clear();
  ASSERT_OK_AND_ASSIGN(diff, changes.Diff(tar, GoOn, 1'000'000'000));
  EXPECT_FALSE(diff.is_whole);
  std::string again;
  changes.Write("new", "new");
  ASSERT_THAT(changes.Diff(again, GoOn, 1'000'000'000), IsOk());
  EXPECT_EQ(tar, again);
  ASSERT_OK_AND_ASSIGN(diff, changes.Diff(tar, GoOn, 10'000'000'000));
  EXPECT_TRUE(diff.is_whole);
  ASSERT_EQ(setxattr((changes.upper() + "/new").c_str(), "trusted.other", "v", 1, 0), 0);
  ASSERT_OK_AND_ASSIGN(diff, changes.Diff(tar, GoOn));
  EXPECT_FALSE(diff.is_whole);
}

KERNEL_TEST(DiffWriter, EndsWithItsCaller) {
  Changes changes;
  changes.Write("new", "new");
  std::string tar;
  EXPECT_THAT(changes.Diff(tar, [] { return absl::CancelledError("gone"); }).status(),
              StatusIs(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace berth::imageservice
