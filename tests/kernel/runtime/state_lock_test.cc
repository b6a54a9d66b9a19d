// SPDX-License-Identifier: Apache-2.0
#include "runtime/state_lock.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/inode.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::runtime {
namespace {

TEST(LockDirectory, IsHeldByOneAtATime) {
  test::TempDir dir;
  const std::string path = dir.Join("a/state");
  {
    absl::StatusOr<sys::Fd> lock = LockDirectory(path, 0711);
    ASSERT_THAT(lock, test::IsOk());
    EXPECT_EQ(sys::StatAt(AT_FDCWD, path.c_str(), 0)->st_mode & 0777, 0711u);
    EXPECT_THAT(LockDirectory(path, 0711).status(),
                test::StatusIs(absl::StatusCode::kUnavailable, ::testing::HasSubstr(path)));
  }
  EXPECT_THAT(LockDirectory(path, 0711), test::IsOk());
}

}  // namespace
}  // namespace berth::runtime
