// SPDX-License-Identifier: Apache-2.0
#include "base/copy_content.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth {
namespace {

using ::berth::test::IsOk;
using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;

constexpr auto kGoOn = [] { return absl::OkStatus(); };

sys::Fd Open(const test::TempDir& dir, const char* name) {
  return *sys::OpenAt(dir.fd(), name, O_RDWR | O_CREAT, 0600);
}

KERNEL_TEST(CopyContent, AlsoBetweenFilesystems) {
  test::TempDir dir;
  const std::string content(200'000, 'x');
  dir.Write("from", content);
  EXPECT_THAT(CopyContent(Open(dir, "from").get(), Open(dir, "to").get(), kGoOn),
              IsOkAndHolds(content.size()));
  EXPECT_EQ(dir.Read("to"), content);

  sys::ErrnoOr<sys::Fd> memory = sys::OpenAt(AT_FDCWD, "/dev/shm", O_TMPFILE | O_RDWR, 0600);
  ASSERT_THAT(memory, IsOk());
  EXPECT_THAT(CopyContent(Open(dir, "from").get(), memory->get(), kGoOn), IsOk());
  EXPECT_EQ(sys::Stat(memory->get())->st_size, static_cast<off_t>(content.size()));
  EXPECT_THAT(CopyContent(Open(dir, "none").get(), Open(dir, "of-none").get(), kGoOn),
              IsOkAndHolds(0u));
}

KERNEL_TEST(CopyContent, HolesStayHoles) {
  constexpr off_t kSize = off_t{1} << 30;
  test::TempDir dir;
  sys::Fd from = Open(dir, "from");
  ASSERT_THAT(sys::WriteAllAt(from.get(), "middle", 6, kSize / 2), IsOk());
  ASSERT_THAT(sys::Truncate(from.get(), kSize), IsOk());
  sys::Fd to = Open(dir, "to");
  ASSERT_THAT(CopyContent(from.get(), to.get(), kGoOn), IsOk());
  const struct stat info = *sys::Stat(to.get());
  EXPECT_EQ(info.st_size, kSize);
  EXPECT_LT(info.st_blocks * 512, 1 << 20);
  std::string read(6, '\0');
  ASSERT_EQ(pread(to.get(), read.data(), read.size(), kSize / 2), 6);
  EXPECT_EQ(read, "middle");
}

KERNEL_TEST(CopyContent, EndsWhenItMayNotGoOn) {
  test::TempDir dir;
  dir.Write("from", "content");
  const auto stop = [] { return absl::CancelledError("enough"); };
  EXPECT_THAT(CopyContent(Open(dir, "from").get(), Open(dir, "to").get(), stop),
              StatusIs(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace berth
