// SPDX-License-Identifier: Apache-2.0
#include "imageservice/unneeded_image.h"

#include <optional>

#include "gmock/gmock.h"

#include "tests/fakes/fake_image_store.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using test::StatusIs;
using ::testing::HasSubstr;

TEST(UnneededImage, OneThatOthersHoldIsInUse) {
  test::FakeImageStore images;
  images.images.resize(1);
  images.images[0].id = "sha256:1";
  std::optional<HeldImage> other(*images.HoldToUse(Call(), "sha256:1"));
  EXPECT_THAT(HoldUnneeded(images, Call(), "sha256:1", absl::ZeroDuration()),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("sha256:1 is in use")));
  EXPECT_THAT(HoldUnneeded(images, Call::WithTimeout(absl::ZeroDuration()), "sha256:1"),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(HoldUnneeded(images, Call(absl::InfiniteFuture(), [] { return true; }), "sha256:1"),
              StatusIs(absl::StatusCode::kCancelled));
  other.reset();
  EXPECT_THAT(HoldUnneeded(images, Call(), "sha256:1"), test::IsOk());
  EXPECT_THAT(HoldUnneeded(images, Call(), "sha256:2"), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace berth::imageservice
