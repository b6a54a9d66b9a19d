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

KERNEL_TEST(WriteInto, AnErrorOfWhoWritesEndsIt) {
  test::TempDir upper;
  const auto write = [](const MergedView&, TarWriter&) { return absl::UnknownError("enough"); };
  EXPECT_THAT(WriteInto(Call(), upper.path(), MergedView(), write),
              StatusIs(absl::StatusCode::kUnknown, "enough"));
}

}  // namespace
}  // namespace berth::imageservice
