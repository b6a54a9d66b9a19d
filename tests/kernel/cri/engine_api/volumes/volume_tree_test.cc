// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/volumes/volume_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <string>

#include "gmock/gmock.h"

#include "base/directory.h"
#include "base/sys/file.h"
#include "tests/support/file_tree.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {
namespace {

using test::IsOk;
using test::IsOkAndHolds;
using test::StatusIs;
using ::testing::HasSubstr;

struct Trees {
  Trees() {
    test::MakeTree(directory.path(), {test::Dir("from"), test::Dir("to")});
    from = *sys::OpenAt(directory.fd(), "from", O_RDONLY | O_DIRECTORY);
    to = *sys::OpenAt(directory.fd(), "to", O_RDONLY | O_DIRECTORY);
  }
  struct stat Of(const std::string& name) const {
    struct stat info = {};
    EXPECT_EQ(lstat(directory.Join(name).c_str(), &info), 0) << name;
    return info;
  }

  test::TempDir directory;
  sys::Fd from, to;
};

KERNEL_TEST(VolumeTree, CopiesEveryKindOfFile) {
  Trees t;
  test::MakeTree(t.directory.Join("from"), {test::Dir("dir", {test::File("set", "text")}, 01777),
                                            test::Link("link", "/nowhere")});
  ASSERT_EQ(mkfifoat(t.from.get(), "fifo", 0640), 0);
  ASSERT_EQ(mknodat(t.from.get(), "null", S_IFCHR | 0666, makedev(1, 3)), 0);
  ASSERT_EQ(chown(t.directory.Join("from/dir/set").c_str(), 7, 8), 0);
  ASSERT_EQ(chmod(t.directory.Join("from/dir/set").c_str(), 04755), 0);
  ASSERT_EQ(lchown(t.directory.Join("from/link").c_str(), 9, 9), 0);
  const timespec times[2] = {{5, 6}, {7, 8}};
  ASSERT_EQ(utimensat(AT_FDCWD, t.directory.Join("from/dir").c_str(), times, 0), 0);
  ASSERT_THAT(CopyTree(Call(), t.from.get(), t.to.get()), IsOk());
  for (const char* name : {"dir", "dir/set", "link", "fifo", "null"}) {
    const struct stat a = t.Of(std::string("from/") + name), b = t.Of(std::string("to/") + name);
    EXPECT_EQ(a.st_mode, b.st_mode) << name;
    EXPECT_EQ(a.st_uid, b.st_uid) << name;
    EXPECT_EQ(a.st_gid, b.st_gid) << name;
    EXPECT_EQ(a.st_rdev, b.st_rdev) << name;
  }
  EXPECT_EQ(t.directory.Read("to/dir/set"), "text");
  EXPECT_EQ(t.Of("to/dir").st_mtim.tv_sec, 7);
  EXPECT_EQ(t.Of("to/dir").st_mtim.tv_nsec, 8);
}

KERNEL_TEST(VolumeTree, ATreeThatIsTooDeepIsNotCopied) {
  Trees t;
  int at = dup(t.from.get());
  for (size_t i = 0; i < kMaxTreeDepth + 2; ++i) {
    ASSERT_EQ(mkdirat(at, "d", 0755), 0);
    const int below = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    close(at);
    at = below;
  }
  close(at);
  EXPECT_THAT(CopyTree(Call(), t.from.get(), t.to.get()),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("deeper than")));
  EXPECT_THAT(IsEmptyDirectory(t.to.get()), IsOkAndHolds(false));
  EXPECT_THAT(EmptyDirectory(t.to.get()), IsOk());
  EXPECT_THAT(IsEmptyDirectory(t.to.get()), IsOkAndHolds(true));
}

KERNEL_TEST(VolumeTree, ACopyEndsWithItsCaller) {
  Trees t;
  test::MakeTree(t.directory.Join("from"), {test::File("a", "x")});
  const Call gone(absl::InfiniteFuture(), [] { return true; });
  EXPECT_THAT(CopyTree(gone, t.from.get(), t.to.get()), StatusIs(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace berth::cri
