// SPDX-License-Identifier: Apache-2.0
#include "base/sys/file.h"

#include <unistd.h>

#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/inode.h"
#include "tests/support/file_tree.h"
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

TEST_F(InRoot, DirectoriesAreMadeWhereALinkLeads) {
  MakeTree(dir_.Join("root"),
           {Link("var-run", "/run"), Link("near", "../not/yet"), Link("l1", "l2"), Link("l2", "l1"),
            Link("host", "/../../../../../proc/self/root/etc/none")});
  EXPECT_THAT(EnsureDirectoryInRoot(root_.get(), "var-run/secrets/x", 0755), IsOk());
  EXPECT_TRUE(Exists(dir_, "root/run/secrets/x"));
  EXPECT_THAT(EnsureDirectoryInRoot(root_.get(), "near", 0755), IsOk());
  EXPECT_TRUE(Exists(dir_, "root/not/yet"));
  EXPECT_THAT(EnsureDirectoryInRoot(root_.get(), "l1/x", 0755), ErrnoIs(ELOOP));
  EXPECT_THAT(EnsureDirectoryInRoot(root_.get(), "host/x", 0755), IsOk());
  EXPECT_TRUE(Exists(dir_, "root/proc/self/root/etc/none/x"));
}

TEST_F(InRoot, WhatIsOnTheHostDecidesNothing) {
  dir_.Write("file", "");
  MakeTree(dir_.Join("root"), {Link("out", dir_.Join("file"))});
  EXPECT_THAT(EnsureDirectoryInRoot(root_.get(), "out/x", 0755), IsOk());
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

}  // namespace
}  // namespace berth::sys
