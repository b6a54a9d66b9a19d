// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/layer_extractor.h"

#include <sys/stat.h>
#include <sys/xattr.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

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
using ::berth::test::TarOptions;

using Layers = std::vector<std::function<void(TarBuilder&)>>;

struct Case {
  const char* name;
  Layers layers;
  const char* tree;  // without the root
  LayerStack::Way way = LayerStack::Way::kAlone;
};

void Check(const Case& c) {
  SCOPED_TRACE(c.name);
  LayerStack stack;
  for (const auto& layer : c.layers) {
    TarBuilder tar;
    layer(tar);
    ASSERT_THAT(stack.Add(tar.Finish()), IsOk());
  }
  std::string listing = stack.Listing();
  std::string root = ". dir 0755 0:0\n";
  ASSERT_EQ(listing.substr(0, root.size()), root);
  EXPECT_EQ(listing.substr(root.size()), c.tree);
  EXPECT_EQ(static_cast<int>(stack.way()), static_cast<int>(c.way));
}

KERNEL_TEST(LayerExtractor, MakesFilesOfEveryKind) {
  Check({"kinds",
         {[](TarBuilder& tar) {
           tar.Directory("./", {.mode = 0755})
               .Directory("d", {.mode = 01777, .uid = 1, .gid = 2})
               .File("d/f", "content", {.mode = 0640, .uid = 1000, .gid = 1001})
               .File("setuid", "x", {.mode = 06755, .uid = 5, .gid = 6})
               .File("none", "", {.mode = 0})
               .Symlink("s", "/nowhere", {.uid = 7, .gid = 8})
               .HardLink("h", "./d/f")
               .Fifo("p", {.mode = 0622, .uid = 9})
               .Device("null", '3', 1, 3, {.mode = 0666})
               .Device("sda", '4', 8, 0, {.mode = 0660, .gid = 6})
               .File("implied/deeply/f", "i");
         }},
         "d dir 1777 1:2\n"
         "d/f file 0640 1000:1001 content\n"
         "h file 0640 1000:1001 content\n"
         "implied dir 0755 0:0\n"
         "implied/deeply dir 0755 0:0\n"
         "implied/deeply/f file 0644 0:0 i\n"
         "none file 0000 0:0\n"
         "null char 0666 0:0 1:3\n"
         "p fifo 0622 9:0\n"
         "s link 7:8 /nowhere\n"
         "sda block 0660 0:6 8:0\n"
         "setuid file 6755 5:6 x"});
}

KERNEL_TEST(LayerExtractor, GivesNewFilesTheirOwnGroupInASetgidDirectory) {
  Check({"setgid",
         {[](TarBuilder& tar) {
           tar.Directory("mail", {.mode = 02775, .gid = 8})
               .File("mail/a", "a")
               .File("mail/implied/b", "b")
               .Directory("mail/declared")
               .File("mail/declared/c", "c");
         }},
         "mail dir 2775 0:8\n"
         "mail/a file 0644 0:0 a\n"
         "mail/declared dir 0755 0:0\n"
         "mail/declared/c file 0644 0:0 c\n"
         "mail/implied dir 0755 0:0\n"
         "mail/implied/b file 0644 0:0 b"});
}

KERNEL_TEST(LayerExtractor, AppliesWhiteouts) {
  Check({"whiteouts",
         {[](TarBuilder& tar) {
            tar.File("keep", "k").File("gone", "g").Directory("tree").File("tree/a", "a");
            tar.Directory("dir").File("dir/a", "a").File("dir/b", "b");
            tar.Directory("opaque").File("opaque/old", "o").Directory("emptied").File("emptied/x");
          },
          [](TarBuilder& tar) {
            tar.Whiteout("gone").Whiteout("tree").Whiteout("never").Directory("dir").Whiteout(
                "dir/a");
            tar.Directory("opaque").File("opaque/new", "n").Opaque("opaque").Opaque("emptied");
          }},
         "dir dir 0755 0:0\n"
         "dir/b file 0644 0:0 b\n"
         "emptied dir 0755 0:0\n"
         "keep file 0644 0:0 k\n"
         "opaque dir 0755 0:0\n"
         "opaque/new file 0644 0:0 n"});
}

// A whiteout hides what is below, never what its own layer has, wherever in the archive it stands.
KERNEL_TEST(LayerExtractor, WhiteoutsSpareTheirOwnLayer) {
  auto below = [](TarBuilder& tar) {
    tar.Directory("d").File("d/old", "old").Directory("e").File("e/old", "old").File("f", "old");
    tar.Directory("x").File("x/y/old", "old");
  };
  const char* tree =
      "d dir 0755 0:0\n"
      "d/new file 0644 0:0 new\n"
      "e dir 0755 0:0\n"
      "e/new file 0644 0:0 new\n"
      "f file 0644 0:0 new\n"
      "x dir 0755 0:0\n"
      "x/y dir 0755 0:0\n"
      "x/y/new file 0644 0:0 new";
  Check(
      {"after",
       {below,
        [](TarBuilder& tar) {
          tar.File("d/new", "new").Whiteout("d").Directory("e").File("e/new", "new").Whiteout("e");
          tar.File("f", "new").Whiteout("f").File("x/y/new", "new").Whiteout("x");
        }},
       tree});
  Check(
      {"before",
       {below,
        [](TarBuilder& tar) {
          tar.Whiteout("d").File("d/new", "new").Whiteout("e").Directory("e").File("e/new", "new");
          tar.Whiteout("f").File("f", "new").Whiteout("x").File("x/y/new", "new");
        }},
       tree});
}

KERNEL_TEST(LayerExtractor, IgnoresWhiteoutsInTheLowestLayer) {
  Check({"lowest",
         {[](TarBuilder& tar) {
           tar.Whiteout("gone")
               .File("d/f", "f")
               .Whiteout("d")
               .Opaque("d")
               .File(".wh..wh.plnk/1.2")
               .File("d/.wh..wh.orph");
         }},
         "d dir 0755 0:0\n"
         "d/f file 0644 0:0 f"});
  LayerStack stack;
  TarBuilder tar;
  ASSERT_THAT(stack.Add(tar.Whiteout("gone").Finish()), IsOk());
  EXPECT_EQ(LayerStack::ListTree(stack.directories().front()), ". dir 0755 0:0");
}

KERNEL_TEST(LayerExtractor, HidesEverythingBelowAnOpaqueRoot) {
  LayerStack stack;
  TarBuilder below;
  ASSERT_THAT(stack.Add(below.File("old", "o").Finish()), IsOk());
  TarBuilder above;
  ASSERT_THAT(stack.Add(above.Opaque(".").File("new", "n").Finish()), IsOk());
  ASSERT_OK_AND_ASSIGN(MergedView view, MergedView::Open(stack.directories()));
  ASSERT_OK_AND_ASSIGN(MergedNode gone, view.Find("old"));
  EXPECT_EQ(static_cast<int>(gone.kind), static_cast<int>(MergedNode::Kind::kAbsent));
  ASSERT_OK_AND_ASSIGN(MergedNode here, view.Find("new"));
  EXPECT_EQ(static_cast<int>(here.kind), static_cast<int>(MergedNode::Kind::kRegular));
}

KERNEL_TEST(LayerExtractor, ReplacesFilesByDirectoriesAndBack) {
  Check({"between layers",
         {[](TarBuilder& tar) {
            tar.File("a", "file").Directory("b").File("b/x", "x").Symlink("c", "b").Directory("l");
          },
          [](TarBuilder& tar) {
            tar.Directory("a")
                .File("a/y", "y")
                .File("b", "file")
                .Directory("c")
                .File("c/z", "z")
                .Symlink("l", "a");
          }},
         "a dir 0755 0:0\n"
         "a/y file 0644 0:0 y\n"
         "b file 0644 0:0 file\n"
         "c dir 0755 0:0\n"
         "c/z file 0644 0:0 z\n"
         "l link 0:0 a"});
}

KERNEL_TEST(LayerExtractor, LetsTheLastOfDuplicateMembersWin) {
  Check({"within a layer",
         {[](TarBuilder& tar) {
            tar.Directory("d").File("d/old", "old").File("e", "old");
            tar.File("below", "old");
          },
          [](TarBuilder& tar) {
            tar.File("a", "first").File("a", "second", {.mode = 0600});
            tar.File("h", "linked").HardLink("h2", "h").File("h", "other");
            tar.Directory("b").File("b/x", "x").File("b", "file");
            tar.Directory("c").File("c/x", "x").Symlink("c", "b").Directory("c").File("c/y", "y");
            // A file takes the directory's place, then a directory the file's: nothing below shows.
            tar.File("d", "file").Directory("d").File("d/new", "new");
            tar.Directory("e", {.mode = 0700}).Directory("e", {.mode = 0711});
          }},
         "a file 0600 0:0 second\n"
         "b file 0644 0:0 file\n"
         "below file 0644 0:0 old\n"
         "c dir 0755 0:0\n"
         "c/y file 0644 0:0 y\n"
         "d dir 0755 0:0\n"
         "d/new file 0644 0:0 new\n"
         "e dir 0711 0:0\n"
         "h file 0644 0:0 other\n"
         "h2 file 0644 0:0 linked"});
}

KERNEL_TEST(LayerExtractor, KeepsOwnerAndModeOfDirectoriesThatAreOnlyImplied) {
  Check({"implied",
         {[](TarBuilder& tar) {
            tar.Directory("./", {.mode = 0755})
                .Directory("private", {.mode = 0700, .uid = 1000, .gid = 2000});
            tar.Directory("private/mail", {.mode = 02775, .gid = 8});
          },
          [](TarBuilder& tar) { tar.File("private/mail/f", "f").File("private/new/g", "g"); }},
         "private dir 0700 1000:2000\n"
         "private/mail dir 2775 0:8\n"
         "private/mail/f file 0644 0:0 f\n"
         "private/new dir 0755 0:0\n"
         "private/new/g file 0644 0:0 g"});
}

// /bin -> usr/bin below, bin/x above: what a package built without knowing the distribution has.
KERNEL_TEST(LayerExtractor, AFileFromBelowIsCopiedWithItsHoles) {
  constexpr off_t kSize = off_t{4} << 30;
  LayerStack stack;
  TarBuilder below;
  below.Sparse("hole", kSize, {}).File("file", std::string(10'000, 'x'));
  ASSERT_THAT(stack.Add(below.Finish()), IsOk());
  ASSERT_THAT(stack.Add(TarBuilder().HardLink("a", "hole").HardLink("b", "file").Finish()), IsOk());
  struct stat info = {};
  ASSERT_EQ(stat((stack.directories()[0] + "/a").c_str(), &info), 0);
  EXPECT_EQ(info.st_size, kSize);
  EXPECT_LT(info.st_blocks * 512, 1 << 20);
  EXPECT_EQ(info.st_nlink, 2u);
  EXPECT_EQ(stack.usage().bytes, 4096u + 12'288u);  // the root's and the file's
  EXPECT_EQ(stack.usage().inodes, 3u);
}

KERNEL_TEST(LayerExtractor, WhoMayNotGoOnCopiesNoMoreFromBelow) {
  LayerStack stack;
  ASSERT_THAT(stack.Add(TarBuilder().File("file", "content").Finish()), IsOk());
  ASSERT_OK_AND_ASSIGN(const MergedView parents, MergedView::Open(stack.directories()));
  const std::string directory = stack.space().Join("stopped");
  ASSERT_EQ(mkdir(directory.c_str(), 0700), 0);
  ASSERT_OK_AND_ASSIGN(
      sys::Fd fd,
      ToStatusOr(sys::OpenAt(AT_FDCWD, directory.c_str(), O_RDONLY | O_DIRECTORY), "layer"));
  ASSERT_OK_AND_ASSIGN(LayerExtractor extractor, LayerExtractor::New(std::move(fd), &parents));
  const std::string tar = TarBuilder().HardLink("link", "file").Finish();
  bool given = false;
  int asked = 0;
  const absl::Status ended = extractor.Extract(
      [&]() -> absl::StatusOr<absl::string_view> {
        return std::exchange(given, true) ? absl::string_view() : absl::string_view(tar);
      },
      [&] { return ++asked < 2 ? absl::OkStatus() : absl::CancelledError("enough"); });
  EXPECT_THAT(ended, StatusIs(absl::StatusCode::kCancelled));
}

KERNEL_TEST(LayerExtractor, FollowsTheSymlinksOfLayersBelow) {
  Check({"usrmerge",
         {[](TarBuilder& tar) {
            tar.Directory("usr").Directory("usr/bin", {.mode = 0711}).File("usr/bin/sh", "sh");
            tar.Symlink("bin", "usr/bin").Symlink("lib", "/usr/lib").Symlink("up", "usr/../etc");
          },
          [](TarBuilder& tar) {
            tar.File("bin/x", "x").File("lib/deep/y", "y").Whiteout("bin/sh").File("up/z", "z");
          }},
         "bin link 0:0 usr/bin\n"
         "etc dir 0755 0:0\n"
         "etc/z file 0644 0:0 z\n"
         "lib link 0:0 /usr/lib\n"
         "up link 0:0 usr/../etc\n"
         "usr dir 0755 0:0\n"
         "usr/bin dir 0711 0:0\n"
         "usr/bin/x file 0644 0:0 x\n"
         "usr/lib dir 0755 0:0\n"
         "usr/lib/deep dir 0755 0:0\n"
         "usr/lib/deep/y file 0644 0:0 y",
         LayerStack::Way::kWithParents});
}

KERNEL_TEST(LayerExtractor, FollowsItsOwnSymlinksInsideTheRoot) {
  Check(
      {"own links",
       {[](TarBuilder& tar) {
         tar.Directory("d")
             .Symlink("l", "d")
             .File("l/f", "f")
             .Symlink("up", "../../../d")
             .File("up/g", "g");
         tar.Symlink("abs", "/d").File("abs/h", "h").Symlink("new", "made/here").File("new/i", "i");
         tar.HardLink("hard", "l/f");
       }},
       "abs link 0:0 /d\n"
       "d dir 0755 0:0\n"
       "d/f file 0644 0:0 f\n"
       "d/g file 0644 0:0 g\n"
       "d/h file 0644 0:0 h\n"
       "hard file 0644 0:0 f\n"
       "l link 0:0 d\n"
       "made dir 0755 0:0\n"
       "made/here dir 0755 0:0\n"
       "made/here/i file 0644 0:0 i\n"
       "new link 0:0 made/here\n"
       "up link 0:0 ../../../d"});
  Check({"own links above others",
         {[](TarBuilder& tar) { tar.Directory("d", {.mode = 0750}).File("d/f", "f"); },
          [](TarBuilder& tar) { tar.Symlink("l", "d").File("l/g", "g"); }},
         "d dir 0750 0:0\n"
         "d/f file 0644 0:0 f\n"
         "d/g file 0644 0:0 g\n"
         "l link 0:0 d",
         LayerStack::Way::kWithParents});
}

KERNEL_TEST(LayerExtractor, LinksToFilesOfLayersBelow) {
  Check({"hard links",
         {[](TarBuilder& tar) { tar.File("d/a", "a", {.mode = 0604, .uid = 3}); },
          [](TarBuilder& tar) { tar.HardLink("b", "d/a").HardLink("c", "b"); }},
         "b file 0604 3:0 a\n"
         "c file 0604 3:0 a\n"
         "d dir 0755 0:0\n"
         "d/a file 0604 3:0 a",
         LayerStack::Way::kWithParents});
}

KERNEL_TEST(LayerExtractor, SetsTimesLast) {
  LayerStack stack;
  TarBuilder below;
  ASSERT_THAT(stack.Add(below.Directory("d", {.mode = 0755, .mtime = 1000}).File("d/a").Finish()),
              IsOk());
  TarBuilder above;
  above.File("d/b", "", {.mtime = 3000, .pax = {{"mtime", "1577836800.123456789"}}})
      .Directory("e", {.mode = 0755, .mtime = 2000})
      .File("e/f")
      .Symlink("s", "e", {.mtime = 4000});
  ASSERT_THAT(stack.Add(above.Finish()), IsOk());
  auto mtime = [&](const char* name) {
    struct stat info = {};
    EXPECT_EQ(lstat((stack.directories().front() + "/" + name).c_str(), &info), 0) << name;
    return info.st_mtim;
  };
  EXPECT_EQ(mtime("d").tv_sec, 1000) << "as the layer below has it";
  EXPECT_EQ(mtime("e").tv_sec, 2000);
  EXPECT_EQ(mtime("s").tv_sec, 4000);
  EXPECT_EQ(mtime("d/b").tv_nsec, 123456789);
}

KERNEL_TEST(LayerExtractor, SetsAllowedXattrsAndDropsOthers) {
  std::string capability(
      "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20);
  LayerStack stack;
  TarBuilder tar;
  TarOptions more{.uid = 4,
                  .pax = {{"SCHILY.xattr.security.capability", capability},
                          {"SCHILY.xattr.user.berth", "value"},
                          {"SCHILY.xattr.security.selinux", "system_u:object_r:etc_t"},
                          {"SCHILY.xattr.trusted.other", "x"}}};
  ASSERT_THAT(stack.Add(tar.File("f", "x", more).Finish()), IsOk());
  std::string path = stack.directories().front() + "/f";
  char value[64] = {};
  EXPECT_EQ(getxattr(path.c_str(), "user.berth", value, sizeof(value)), 5);
  EXPECT_EQ(getxattr(path.c_str(), "security.capability", value, sizeof(value)), 20)
      << "chown would clear it";
  EXPECT_EQ(getxattr(path.c_str(), "trusted.other", value, sizeof(value)), -1);
  EXPECT_EQ(getxattr(path.c_str(), "security.selinux", value, sizeof(value)), -1);
}

KERNEL_TEST(LayerExtractor, LeavesHolesInSparseFiles) {
  LayerStack stack;
  TarBuilder tar;
  tar.Sparse("s", 64 << 20, {{0, "head"}, {(64 << 20) - 4096, std::string(4096, 't')}});
  ASSERT_THAT(stack.Add(tar.Finish()), IsOk());
  struct stat info = {};
  ASSERT_EQ(stat((stack.directories().front() + "/s").c_str(), &info), 0);
  EXPECT_EQ(info.st_size, 64 << 20);
  EXPECT_LT(info.st_blocks * 512, 1 << 20);
}

KERNEL_TEST(LayerExtractor, KeepsLongAndForeignNames) {
  std::string deep;
  for (int i = 0; i < 20; ++i) {
    deep += "directory-with-a-name/";
  }
  std::string name(255, 'n');
  LayerStack stack;
  TarBuilder tar;
  ASSERT_THAT(stack.Add(tar.File(deep + name, "long").File("größe\xff\n", "odd").Finish()), IsOk());
  std::string listing = stack.Listing();
  EXPECT_NE(listing.find(deep + name + " file 0644 0:0 long"), std::string::npos) << listing;
  EXPECT_NE(listing.find("größe\xff\n file 0644 0:0 odd"), std::string::npos) << listing;
}

KERNEL_TEST(LayerExtractor, CountsWhatItMakes) {
  LayerStack stack;
  TarBuilder tar;
  tar.Directory("d").File("d/f", std::string(5000, 'x')).HardLink("h", "d/f").Symlink("s", "d");
  ASSERT_THAT(stack.Add(tar.Finish()), IsOk());
  EXPECT_EQ(stack.usage().inodes, 4u);              // the root, d, f, s
  EXPECT_EQ(stack.usage().bytes, 4096u * (2 + 2));  // two directories, two blocks
}

}  // namespace
}  // namespace berth::imageservice
