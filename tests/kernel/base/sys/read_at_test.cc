// SPDX-License-Identifier: Apache-2.0
#include "base/sys/read_at.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "base/sys/fd.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::sys {
namespace {

KERNEL_TEST(ReadFullAt, LeavesThePositionAlone) {
  test::TempDir space;
  space.Write("file", "0123456789");
  const Fd file(open(space.Join("file").c_str(), O_RDONLY | O_CLOEXEC));
  std::string buffer(4, '-');
  EXPECT_THAT(ReadFullAt(file.get(), buffer, 3), test::IsOkAndHolds(4u));
  EXPECT_EQ(buffer, "3456");
  EXPECT_THAT(ReadFullAt(file.get(), buffer, 8), test::IsOkAndHolds(2u));
  EXPECT_EQ(lseek(file.get(), 0, SEEK_CUR), 0);
  EXPECT_THAT(ReadFullAt(-1, buffer, 0), test::ErrnoIs(EBADF));
}

}  // namespace
}  // namespace berth::sys
