// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/proc.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/mount.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::shim {
namespace {

using test::ErrnoIs;
using test::IsOk;

std::string Content(const char* path) {
  sys::ErrnoOr<sys::Fd> file = sys::OpenAt(AT_FDCWD, path, O_RDONLY);
  char buffer[256];
  sys::ErrnoOr<size_t> size = sys::ReadFull(file->get(), buffer);
  return std::string(buffer, *size);
}

KERNEL_TEST(Proc, IsWrittenToOnlyWhereItIsProc) {
  EXPECT_THAT(WriteProc("/proc/self", "comm", "renamed"), IsOk());
  EXPECT_EQ(Content("/proc/self/comm"), "renamed\n");
  EXPECT_THAT(WriteProc("/proc/self", "nothing", "x"), ErrnoIs(ENOENT));
  EXPECT_THAT(WriteProc("/proc/sys", "../self/comm", "x"), ErrnoIs(EXDEV));
  EXPECT_THAT(WriteProc("/proc/self", "cwd/x", "x"), ErrnoIs(ELOOP));
  test::TempDir directory;
  directory.Write("comm", "");
  EXPECT_THAT(WriteProc(directory.path().c_str(), "comm", "x"), ErrnoIs(EINVAL));
  EXPECT_EQ(directory.Read("comm"), "");
}

KERNEL_TEST(Proc, IsNotWrittenToThroughWhatIsMountedOverIt) {
  sys::ErrnoOr<sys::DetachedMount> fake = sys::NewMount("tmpfs", {}, 0);
  ASSERT_THAT(fake, IsOk());
  ASSERT_TRUE(sys::OpenAt(fake->fd(), "comm", O_CREAT | O_WRONLY, 0644).ok());
  sys::ErrnoOr<sys::Fd> place = sys::OpenAt(AT_FDCWD, "/proc/sys", O_PATH);
  ASSERT_THAT(fake->AttachAt(place->get()), IsOk());
  EXPECT_THAT(WriteProc("/proc/sys", "comm", "x"), ErrnoIs(EINVAL));
}

KERNEL_TEST(OomScore, IsRaisedAndStaysWhereItCannotBeLowered) {
  EXPECT_THAT(SetOomScore(500), IsOk());
  EXPECT_EQ(Content("/proc/self/oom_score_adj"), "500\n");
  ASSERT_EQ(setresuid(1000, 1000, 1000), 0);
  EXPECT_THAT(SetOomScore(-999), IsOk());
  EXPECT_EQ(Content("/proc/self/oom_score_adj"), "500\n");
}

}  // namespace
}  // namespace berth::shim
