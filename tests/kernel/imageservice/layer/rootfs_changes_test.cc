// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/rootfs_changes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "gmock/gmock.h"

#include "base/sys/file.h"
#include "tests/support/file_tree.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using test::Dir;
using test::File;
using ::testing::ElementsAre;
using Kind = RootfsChange::Kind;

absl::Status GoOn() {
  return absl::OkStatus();
}

KERNEL_TEST(RootfsChanges, TellsWhatIsNewOtherAndGone) {
  test::TempDir space;
  test::MakeTree(space.path(),
                 {Dir("below", {Dir("etc", {File("a"), File("b")}),
                                Dir("old", {File("gone"), File("kept")}), Dir("same")}),
                  Dir("upper", {Dir("etc", {File("a", "changed")}), Dir("old", {File("kept")}),
                                Dir("same"), Dir("new", {File("f")}), Dir("stub")})});
  for (const char* name : {"etc/b", "never"}) {
    ASSERT_EQ(mknod(space.Join(std::string("upper/") + name).c_str(), S_IFCHR, makedev(0, 0)), 0);
  }
  ASSERT_EQ(setxattr(space.Join("upper/old").c_str(), kOpaqueXattr, "y", 1, 0), 0);
  const timespec times[2] = {{1, 0}, {2, 0}};
  for (const char* name : {"below/same", "upper/same"}) {
    ASSERT_EQ(utimensat(AT_FDCWD, space.Join(name).c_str(), times, 0), 0);
  }
  const sys::Fd upper = *sys::OpenAt(space.fd(), "upper", O_RDONLY | O_DIRECTORY);
  const auto changes =
      FindChanges(*MergedView::Open({space.Join("below")}), upper.get(), {"stub"}, GoOn);
  ASSERT_THAT(changes, test::IsOk());
  EXPECT_THAT(
      *changes,
      ElementsAre(RootfsChange{"/etc", Kind::kModified}, RootfsChange{"/etc/a", Kind::kModified},
                  RootfsChange{"/etc/b", Kind::kDeleted}, RootfsChange{"/new", Kind::kAdded},
                  RootfsChange{"/new/f", Kind::kAdded}, RootfsChange{"/old", Kind::kModified},
                  RootfsChange{"/old/gone", Kind::kDeleted},
                  RootfsChange{"/old/kept", Kind::kModified}));
}

}  // namespace
}  // namespace berth::imageservice
