// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/layer_step.h"

#include "tests/kernel/imageservice/build/build_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;

KERNEL_TEST(WriteInto, MembersComeToLieInTheDirectory) {
  test::TempDir below;
  test::TempDir upper;
  std::filesystem::create_directory(below.Join("real"));
  std::filesystem::create_directory_symlink("real", below.Join("link"));
  const absl::StatusOr<MergedView> image = MergedView::Open({below.path()});
  ASSERT_THAT(image, IsOk());
  const auto write = [](const MergedView&, TarWriter& writer) -> absl::Status {
    TarMember member;
    member.path = "link/f";
    member.mode = 0640;
    member.size = 4;
    RETURN_IF_ERROR(writer.Add(member));
    return writer.Write("text");
  };
  EXPECT_THAT(WriteInto(Call(), upper.path(), *image, write), IsOk());
  EXPECT_EQ(std::filesystem::file_size(upper.Join("real/f")), 4u);  // the link is followed
  EXPECT_FALSE(std::filesystem::exists(upper.Join("link")));
}

KERNEL_TEST(WriteInto, LeavesRoomOnTheDisk) {
  test::TempDir upper;
  ASSERT_EQ(mount("tmpfs", upper.path().c_str(), "tmpfs", 0, "size=8m"), 0);
  const auto write = [](const MergedView&, TarWriter& writer) -> absl::Status {
    TarMember member;
    member.path = "f";
    member.size = (8 << 20) - (128 << 10);
    RETURN_IF_ERROR(writer.Add(member));
    return writer.Write(std::string(member.size, 'x'));
  };
  EXPECT_THAT(WriteInto(Call(), upper.path(), MergedView(), write),
              StatusIs(absl::StatusCode::kResourceExhausted, testing::HasSubstr("kept free")));
  umount2(upper.path().c_str(), MNT_DETACH);
}

KERNEL_TEST(WriteInto, AnErrorOfWhoWritesEndsIt) {
  test::TempDir upper;
  const auto write = [](const MergedView&, TarWriter&) { return absl::UnknownError("enough"); };
  EXPECT_THAT(WriteInto(Call(), upper.path(), MergedView(), write),
              StatusIs(absl::StatusCode::kUnknown, "enough"));
}

}  // namespace
}  // namespace berth::imageservice
