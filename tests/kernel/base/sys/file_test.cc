// SPDX-License-Identifier: Apache-2.0
#include "base/sys/file.h"

#include <sys/mount.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

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
using test::IsOkAndHolds;
using test::Link;
using test::MakeTree;
using test::TempDir;

std::string Content(const Fd& file) {
  char buffer[4096];
  ErrnoOr<size_t> size = ReadFull(file.get(), buffer);
  return size.ok() ? std::string(buffer, *size) : "unreadable";
}

bool Exists(const TempDir& dir, const char* path) {
  return StatAt(dir.fd(), path, AT_SYMLINK_NOFOLLOW).ok();
}

// A directory "root" beside a file "secret" that nothing may reach through it.
class InRoot : public ::testing::Test {
 protected:
  InRoot() {
    MakeTree(dir_.path(),
             {
                 File("secret", "outside"),
                 Dir("root", {File("secret", "inside"), Link("up", "../secret"),
                              Link("absolute", dir_.Join("secret")), Link("slash", "/"),
                              Link("loop", "loop"), Link("magic", "/proc/self/root"), Dir("sub")}),
             });
    root_ = *OpenAt(dir_.fd(), "root", O_PATH | O_DIRECTORY);
  }

  TempDir dir_;
  Fd root_;
};

TEST_F(InRoot, DotDotStaysInside) {
  for (const char* path :
       {"../secret", "/../../secret", "sub/../../secret", "up", "slash/secret", "/secret"}) {
    ErrnoOr<Fd> file = OpenInRoot(root_.get(), path, O_RDONLY);
    ASSERT_THAT(file, IsOk()) << path;
    EXPECT_EQ(Content(*file), "inside") << path;
  }
}

TEST_F(InRoot, AbsoluteLinksStartAtTheRoot) {
  EXPECT_THAT(OpenInRoot(root_.get(), "absolute", O_RDONLY), ErrnoIs(ENOENT));
  EXPECT_THAT(OpenInRoot(root_.get(), "loop", O_RDONLY), ErrnoIs(ELOOP));
  EXPECT_THAT(OpenInRoot(root_.get(), "magic/etc", O_RDONLY), ErrnoIs(ENOENT));
}

TEST_F(InRoot, MagicLinksAreRefused) {
  ErrnoOr<Fd> proc = OpenAt(AT_FDCWD, "/proc/self", O_PATH | O_DIRECTORY);
  ASSERT_THAT(proc, IsOk());
  EXPECT_THAT(OpenInRoot(proc->get(), "root", O_RDONLY), ErrnoIs(ELOOP));
  EXPECT_THAT(OpenInRoot(proc->get(), "fd/0", O_RDONLY), ErrnoIs(ELOOP));
}

TEST_F(InRoot, BeneathFollowsNoLinkAtAll) {
  EXPECT_THAT(OpenBeneath(root_.get(), "secret", O_RDONLY), IsOk());
  EXPECT_THAT(OpenBeneath(root_.get(), "up", O_RDONLY), ErrnoIs(ELOOP));
  EXPECT_THAT(OpenBeneath(root_.get(), "slash/secret", O_RDONLY), ErrnoIs(ELOOP));
  EXPECT_THAT(OpenBeneath(root_.get(), "../secret", O_RDONLY), ErrnoIs(EXDEV));
  EXPECT_THAT(OpenBeneath(root_.get(), "/secret", O_RDONLY), ErrnoIs(EXDEV));
}

TEST_F(InRoot, DirectoriesAreMadeInside) {
  EXPECT_THAT(EnsureDirectoryInRoot(root_.get(), "a/b/../c", 0755), IsOk());
  EXPECT_TRUE(Exists(dir_, "root/a/b"));
  EXPECT_TRUE(Exists(dir_, "root/a/c"));
  EXPECT_THAT(EnsureDirectoryInRoot(root_.get(), "/../../d", 0755), IsOk());
  EXPECT_TRUE(Exists(dir_, "root/d"));
  EXPECT_THAT(EnsureDirectoryInRoot(root_.get(), "slash/e", 0755), IsOk());
  EXPECT_TRUE(Exists(dir_, "root/e"));
  EXPECT_THAT(EnsureDirectoryInRoot(root_.get(), "", 0755), IsOk());
  EXPECT_THAT(EnsureDirectoryInRoot(root_.get(), "secret/f", 0755), ErrnoIs(ENOTDIR));
  EXPECT_THAT(EnsureDirectoryInRoot(root_.get(), std::string(5000, 'a').c_str(), 0755),
              ErrnoIs(ENAMETOOLONG));
}

TEST_F(InRoot, FilesAreMadeInsideWithTheirParents) {
  EXPECT_THAT(EnsureFileInRoot(root_.get(), "etc/hosts", 0644), IsOk());
  EXPECT_TRUE(Exists(dir_, "root/etc/hosts"));
  EXPECT_THAT(EnsureFileInRoot(root_.get(), "/../top", 0644), IsOk());
  EXPECT_TRUE(Exists(dir_, "root/top"));
  EXPECT_FALSE(Exists(dir_, "top"));
}

TEST_F(InRoot, AFileThatExistsIsLeftAsItIs) {
  ASSERT_THAT(EnsureFileInRoot(root_.get(), "secret", 0600), IsOk());
  EXPECT_EQ(dir_.Read("root/secret"), "inside");
  EXPECT_EQ(StatAt(root_.get(), "secret", 0)->st_mode & 0777, 0644u);
}

TEST(File, EnsuresDirectories) {
  TempDir dir;
  EXPECT_THAT(EnsureDirectory(dir.fd(), "a", 0700), IsOk());
  EXPECT_THAT(EnsureDirectory(dir.fd(), "a", 0755), IsOk());
  EXPECT_EQ(StatAt(dir.fd(), "a", 0)->st_mode & 0777, 0700u);
  dir.Write("file", "");
  EXPECT_THAT(EnsureDirectory(dir.fd(), "file", 0755), ErrnoIs(ENOTDIR));
  EXPECT_THAT(EnsureDirectory(dir.fd(), "no/such", 0755), ErrnoIs(ENOENT));
}

TEST(File, WritesOverPartialWrites) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  Fd reader(ends[0]);
  Fd writer(ends[1]);
  const std::string sent(1'000'000, 'x');  // more than a pipe holds
  std::string received(sent.size(), '\0');
  std::thread other(
      [&] { EXPECT_THAT(ReadFull(reader.get(), received), IsOkAndHolds(sent.size())); });
  EXPECT_THAT(WriteAll(writer.get(), sent.data(), sent.size()), IsOk());
  other.join();
  EXPECT_EQ(received, sent);
}

TEST(File, WritesControlFilesInOneCall) {
  TempDir dir;
  dir.Write("cgroup.procs", "");
  EXPECT_THAT(WriteControlFile(dir.fd(), "cgroup.procs", "12", 2), IsOk());
  EXPECT_EQ(dir.Read("cgroup.procs"), "12");
  EXPECT_THAT(WriteControlFile(dir.fd(), "absent", "12", 2), ErrnoIs(ENOENT));
}

TEST(File, RemovesWhatIsThereAndTakesAbsenceForSuccess) {
  TempDir dir;
  MakeTree(dir.path(), {File("file"), Dir("empty"), Dir("full", {File("file")})});
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(RemoveFile(dir.fd(), "file"), IsOk());
    EXPECT_THAT(RemoveDirectory(dir.fd(), "empty"), IsOk());
  }
  EXPECT_THAT(RemoveDirectory(dir.fd(), "full"), ErrnoIs(ENOTEMPTY));
}

TEST(File, RemovesTreesAndNoneOfTheirTargets) {
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

TEST(File, RemovesALinkInThePlaceOfATree) {
  TempDir dir;
  MakeTree(dir.path(), {Dir("kept", {File("inside")}), Link("link", "kept")});
  EXPECT_THAT(RemoveTree(dir.fd(), "link"), IsOk());
  EXPECT_FALSE(Exists(dir, "link"));
  EXPECT_TRUE(Exists(dir, "kept/inside"));
}

TEST(File, RemovesDeepTrees) {
  TempDir dir;
  Fd current = *Duplicate(dir.fd());
  for (int i = 0; i < 500; ++i) {
    ASSERT_THAT(EnsureDirectory(current.get(), "deep", 0755), IsOk());
    ErrnoOr<Fd> next = OpenAt(current.get(), "deep", O_PATH | O_DIRECTORY);
    ASSERT_THAT(next, IsOk());
    current = *std::move(next);
  }
  EXPECT_THAT(RemoveTree(dir.fd(), "deep"), IsOk());
  EXPECT_FALSE(Exists(dir, "deep"));
}

KERNEL_TEST(File, RemovesNoTreeWithAnotherFilesystemInside) {
  TempDir dir;
  MakeTree(dir.path(), {Dir("tree", {Dir("mounted")})});
  const std::string target = dir.Join("tree/mounted");
  ASSERT_EQ(mount("none", target.c_str(), "tmpfs", 0, nullptr), 0);
  dir.Write("tree/mounted/precious", "x");
  EXPECT_THAT(RemoveTree(dir.fd(), "tree"), ErrnoIs(EBUSY));
  EXPECT_TRUE(Exists(dir, "tree/mounted/precious"));
  ASSERT_EQ(umount(target.c_str()), 0);
}

TEST(File, DescribesAndChanges) {
  TempDir dir;
  dir.Write("a", "123");
  EXPECT_THAT(SetMode(dir.fd(), "a", 0640), IsOk());
  EXPECT_THAT(SetOwner(dir.fd(), "a", static_cast<uid_t>(-1), static_cast<gid_t>(-1)), IsOk());
  EXPECT_EQ(StatAt(dir.fd(), "a", 0)->st_mode & 07777, 0640u);
  EXPECT_THAT(Rename(dir.fd(), "a", dir.fd(), "b"), IsOk());
  ErrnoOr<Fd> file = OpenAt(dir.fd(), "b", O_RDWR);
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(Stat(file->get())->st_size, 3);
  EXPECT_THAT(SyncFile(file->get()), IsOk());
  EXPECT_THAT(Stat(-1), ErrnoIs(EBADF));
  EXPECT_THAT(StatAt(dir.fd(), "a", 0), ErrnoIs(ENOENT));
  EXPECT_THAT(Rename(dir.fd(), "a", dir.fd(), "b"), ErrnoIs(ENOENT));
}

}  // namespace
}  // namespace berth::sys
