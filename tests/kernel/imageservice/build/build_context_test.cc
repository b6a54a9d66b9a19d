// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/build_context.h"

#include <sys/mount.h>

#include <string>

#include "gmock/gmock.h"

#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tar_builder.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::StatusIs;
using ::testing::HasSubstr;

KERNEL_TEST(UnpackArchive, LeavesRoomOnTheDisk) {
  test::TempDir space;
  ASSERT_EQ(mount("tmpfs", space.path().c_str(), "tmpfs", 0, "size=8m"), 0);
  test::TarBuilder tar;
  const std::string bytes = tar.File("f", std::string((8 << 20) - (128 << 10), 'x')).Finish();
  const auto source = [&, at = size_t{0}]() mutable -> absl::StatusOr<absl::string_view> {
    const absl::string_view piece = absl::string_view(bytes).substr(at, 64 << 10);
    at += piece.size();
    return piece;
  };
  EXPECT_THAT(UnpackArchive(Call(), source, space.path()),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("kept free")));
  umount2(space.path().c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace berth::imageservice
