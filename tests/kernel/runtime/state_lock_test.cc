// SPDX-License-Identifier: Apache-2.0
#include "runtime/state_lock.h"

#include <unistd.h>

#include <string>

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

TEST(CheckLiesInNoOther, KnowsDaemonsByTheirLocks) {
  test::TempDir dir;
  const std::string root = dir.Join("root"), state = dir.Join("state");
  ASSERT_THAT(LockDirectory(root, 0700), test::IsOk());  // which nobody holds any more
  EXPECT_THAT(CheckLiesInNoOther(root, state), test::IsOk()) << "it is the daemon's own";
  for (const char* below : {"snapshots", "a/b/c"}) {
    EXPECT_THAT(CheckLiesInNoOther(root + "/" + below, state),
                test::StatusIs(absl::StatusCode::kFailedPrecondition,
                               ::testing::HasSubstr(root + "/berthd.lock")))
        << below;
    EXPECT_THAT(CheckLiesInNoOther(root + "/" + below, root), test::IsOk()) << "both are ours";
  }
  EXPECT_THAT(CheckLiesInNoOther(dir.Join("other/root"), state), test::IsOk());
  ASSERT_EQ(symlink(root.c_str(), dir.Join("link").c_str()), 0);
  EXPECT_THAT(CheckLiesInNoOther(dir.Join("link/snapshots"), state),
              test::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(CheckLiesInNoOther(dir.Join("link"), state), test::IsOk());
}

}  // namespace
}  // namespace berth::runtime
