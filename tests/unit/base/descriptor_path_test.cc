// SPDX-License-Identifier: Apache-2.0
#include "base/descriptor_path.h"

#include <fcntl.h>
#include <unistd.h>

#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth {
namespace {

TEST(PathOf, IsWithoutSymlinks) {
  test::TempDir dir;
  const std::string file = dir.Write("file", "");
  ASSERT_EQ(symlink(file.c_str(), dir.Join("link").c_str()), 0);
  const auto opened = sys::OpenAt(AT_FDCWD, dir.Join("link").c_str(), O_PATH);
  ASSERT_TRUE(opened.ok());
  EXPECT_THAT(PathOf(opened->get()), test::IsOkAndHolds(file));
  EXPECT_THAT(PathOf(-1), test::StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace berth
