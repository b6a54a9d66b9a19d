// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image_store.h"

#include <optional>
#include <string>

#include "gtest/gtest.h"

#include "tests/fakes/fake_image_store.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;

Call Impatient() {
  return Call::WithTimeout(absl::ZeroDuration());
}

// A store of two images, the first of which is named.
class HeldImages : public ::testing::Test {
 protected:
  HeldImages() {
    store.images.resize(2);
    store.images[0].id = "sha256:1";
    store.images[0].repo_tags = {"name"};
    store.images[1].id = "sha256:2";
  }

  // Of a caller who waits until `first` has gone, which goes once `change` is made.
  template <typename Change>
  Call Meanwhile(std::optional<HeldImage>& first, Change change) {
    return Call(absl::InfiniteFuture(), [&first, change] {
      if (first.has_value()) {
        change();
        first.reset();
      }
      return false;
    });
  }

  test::FakeImageStore store;
};

TEST_F(HeldImages, AreUsedByManyAndRemovedByOne) {
  std::optional<HeldImage> first(*store.HoldToUse(Impatient(), "name"));
  std::optional<HeldImage> second(*store.HoldToUse(Impatient(), "sha256:1"));
  EXPECT_EQ(first->image.id, "sha256:1");
  EXPECT_THAT(store.HoldToRemove(Impatient(), "sha256:2"), IsOk());
  for (std::optional<HeldImage>* each : {&first, &second}) {
    EXPECT_THAT(store.HoldToRemove(Impatient(), "name"),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
    each->reset();
  }
  const auto alone = store.HoldToRemove(Impatient(), "name");
  ASSERT_THAT(alone, IsOk());
  EXPECT_EQ(alone->image.id, "sha256:1");
  EXPECT_THAT(store.HoldToRemove(Impatient(), "sha256:1"),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(store.HoldToUse(Impatient(), "sha256:1"),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(HeldImages, AreWhatTheNameMeansAtLast) {
  std::optional<HeldImage> first(*store.HoldToRemove(Impatient(), "name"));
  const auto held = store.HoldToUse(Meanwhile(first,
                                              [this] {
                                                store.images[0].repo_tags.clear();
                                                store.images[1].repo_tags = {"name"};
                                              }),
                                    "name");
  ASSERT_THAT(held, IsOk());
  EXPECT_EQ(held->image.id, "sha256:2");
  EXPECT_THAT(store.HoldToRemove(Impatient(), "sha256:1"), IsOk());
  EXPECT_THAT(store.HoldToRemove(Impatient(), "sha256:2"),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(HeldImages, AreNoneThatHaveGoneMeanwhile) {
  EXPECT_THAT(store.HoldToUse(Impatient(), "gone"), StatusIs(absl::StatusCode::kNotFound));
  std::optional<HeldImage> first(*store.HoldToRemove(Impatient(), "name"));
  const Call call = Meanwhile(first, [this] { EXPECT_THAT(store.Remove("name"), IsOk()); });
  EXPECT_THAT(store.HoldToUse(call, "name"), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace berth::imageservice
