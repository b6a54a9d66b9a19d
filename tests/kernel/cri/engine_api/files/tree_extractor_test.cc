// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/files/tree_extractor.h"

#include <sys/stat.h>

#include <string>
#include <utility>

#include "gmock/gmock.h"

#include "base/sys/file.h"
#include "tests/support/file_tree.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tar_builder.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {
namespace {

using test::IsOk;
using test::StatusIs;
using test::TarBuilder;
using ::testing::HasSubstr;

// A container's root and, beside it, what is none of its business.
struct Root {
  Root() {
    test::MakeTree(space.path(), {test::Dir("root", {test::Dir("in")}), test::File("secret", "s")});
    fd = *sys::OpenAt(space.fd(), "root", O_RDONLY | O_DIRECTORY);
  }
  absl::Status Extract(const TarBuilder& tar, const ExtractOptions& options = {},
                       const std::string& directory = "/in") const {
    const std::string bytes = tar.Finish();
    TreeExtractor extractor(fd.get(), directory, options);
    return extractor.Extract(
        [&, read = false]() mutable -> absl::StatusOr<absl::string_view> {
          return std::exchange(read, true) ? absl::string_view() : bytes;
        },
        [] { return absl::OkStatus(); });
  }
  struct stat Of(const std::string& name) const {
    struct stat info = {};
    EXPECT_EQ(lstat(space.Join("root/" + name).c_str(), &info), 0) << name;
    return info;
  }
  std::string Read(const std::string& name) const { return space.Read("root/" + name); }

  test::TempDir space;
  sys::Fd fd;
};

KERNEL_TEST(TreeExtractor, MakesEveryKindOfFile) {
  Root root;
  TarBuilder tar;
  tar.Directory("d/", {.mode = 0751, .uid = 5, .gid = 6, .mtime = 77})
      .File("d/file", "text", {.mode = 04711, .uid = 7, .gid = 8, .mtime = 78})
      .HardLink("d/same", "d/file")
      .Symlink("d/link", "/nowhere")
      .Fifo("d/pipe", {.mode = 0620})
      .Device("d/null", '3', 1, 3, {.mode = 0666})
      .File("implied/f", "x");
  ASSERT_THAT(root.Extract(tar), IsOk());
  EXPECT_EQ(root.Of("in/d").st_mode, S_IFDIR | 0751U);
  EXPECT_EQ(root.Of("in/d").st_uid, 5U);
  EXPECT_EQ(root.Of("in/d").st_mtim.tv_sec, 77);
  EXPECT_EQ(root.Of("in/d/file").st_mode, S_IFREG | 04711U);
  EXPECT_EQ(root.Of("in/d/file").st_gid, 8U);
  EXPECT_EQ(root.Of("in/d/file").st_mtim.tv_sec, 78);
  EXPECT_EQ(root.Of("in/d/same").st_ino, root.Of("in/d/file").st_ino);
  EXPECT_TRUE(S_ISLNK(root.Of("in/d/link").st_mode));
  EXPECT_EQ(root.Of("in/d/pipe").st_mode, S_IFIFO | 0620U);
  EXPECT_TRUE(S_ISCHR(root.Of("in/d/null").st_mode));
  EXPECT_EQ(root.Read("in/implied/f"), "x");
  ASSERT_THAT(root.Extract(tar), IsOk());  // once more, over what is there
  EXPECT_EQ(root.Of("in/d/same").st_nlink, 2U);
}

KERNEL_TEST(TreeExtractor, AnOwnerOfTheirOwn) {
  Root root;
  TarBuilder tar;
  tar.File("f", "", {.uid = 7, .gid = 8}).Symlink("l", "f");
  ASSERT_THAT(root.Extract(tar, {.owner = std::pair<uid_t, gid_t>(11, 12)}), IsOk());
  for (const char* name : {"in/f", "in/l"}) {
    EXPECT_EQ(root.Of(name).st_uid, 11U);
    EXPECT_EQ(root.Of(name).st_gid, 12U);
  }
}

KERNEL_TEST(TreeExtractor, KindsAreKeptWhereItIsAsked) {
  Root root;
  test::MakeTree(root.space.Join("root/in"), {test::Dir("d", {test::File("x")}), test::File("f")});
  TarBuilder over_directory, over_file;
  over_directory.File("d", "now a file");
  over_file.Directory("f");
  EXPECT_THAT(
      root.Extract(over_directory, {.keeps_kinds = true}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("cannot overwrite directory")));
  EXPECT_THAT(
      root.Extract(over_file, {.keeps_kinds = true}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("cannot overwrite non-directory")));
  EXPECT_THAT(root.Extract(over_directory), IsOk());
  EXPECT_THAT(root.Extract(over_file), IsOk());
  EXPECT_EQ(root.Read("in/d"), "now a file");
  EXPECT_TRUE(S_ISDIR(root.Of("in/f").st_mode));
}

KERNEL_TEST(TreeExtractor, LinksOnTheWayLeadInsideTheRootOnly) {
  Root root;
  test::MakeTree(root.space.Join("root"),
                 {test::Link("abs", root.space.path()), test::Link("up", "../../../../.."),
                  test::Dir("real"), test::Link("to", "/real")});
  TarBuilder inside, out, dangling;
  inside.File("to/f", "inside");
  ASSERT_THAT(root.Extract(inside, {}, "/"), IsOk());
  EXPECT_EQ(root.Read("real/f"), "inside");
  out.File("up/secret", "changed").Symlink("s", "../secret");
  EXPECT_THAT(root.Extract(out, {}, "/"), IsOk());
  EXPECT_EQ(root.Read("secret"), "changed");  // the one inside
  dangling.File("abs/secret", "where it would lead in a chroot");
  EXPECT_THAT(root.Extract(dangling, {}, "/"), IsOk());
  EXPECT_EQ(root.Read(root.space.path().substr(1) + "/secret"), "where it would lead in a chroot");
  TarBuilder through;
  through.File("s", "not through it");
  EXPECT_THAT(root.Extract(through, {}, "/"), IsOk());
  EXPECT_EQ(root.space.Read("secret"), "s");
  EXPECT_EQ(root.Read("s"), "not through it");
}

KERNEL_TEST(TreeExtractor, WhatIsWrongWithAnArchiveIsSaid) {
  Root root;
  TarBuilder dots, link, whiteout, cut;
  dots.File("../secret", "x");
  link.HardLink("l", "../secret");
  whiteout.Device("w", '3', 0, 0);
  cut.File("f", std::string(2000, 'x'));
  EXPECT_THAT(root.Extract(dots), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(root.Extract(link), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(root.Extract(whiteout), StatusIs(absl::StatusCode::kInvalidArgument));
  TarBuilder rubbish;
  rubbish.Raw(cut.bytes().substr(0, 700));
  EXPECT_THAT(root.Extract(rubbish), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(root.space.Read("secret"), "s");
}

}  // namespace
}  // namespace berth::cri
