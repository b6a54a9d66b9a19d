// SPDX-License-Identifier: Apache-2.0
#include "base/sys/selinux_label.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::sys {
namespace {

KERNEL_TEST(SelinuxLabel, IsOfTheSymlinkAndNotOfItsTarget) {
  const test::TempDir directory;
  const std::string target = directory.Write("target", "x");
  const std::string link = directory.Join("link");
  ASSERT_EQ(symlink(target.c_str(), link.c_str()), 0);
  const ErrnoOr<Fd> opened = OpenAt(AT_FDCWD, link.c_str(), O_PATH | O_NOFOLLOW);
  ASSERT_THAT(opened, test::IsOk());
  ASSERT_THAT(SetSelinuxLabel(opened->get(), "u:object_r:t:s0"), test::IsOk());
  char value[64] = {};
  EXPECT_EQ(lgetxattr(link.c_str(), "security.selinux", value, sizeof(value)), 16);
  EXPECT_STREQ(value, "u:object_r:t:s0");
  EXPECT_LT(lgetxattr(target.c_str(), "security.selinux", value, sizeof(value)), 0);
}

}  // namespace
}  // namespace berth::sys
