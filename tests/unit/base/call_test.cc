// SPDX-License-Identifier: Apache-2.0
#include "base/call.h"

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth {
namespace {

using test::IsOk;
using test::StatusIs;

TEST(Call, LastsForEverByItself) {
  EXPECT_THAT(Call().Check(), IsOk());
  EXPECT_EQ(Call().deadline(), absl::InfiniteFuture());
  EXPECT_FALSE(Call().cancelled());
}

TEST(Call, EndsAtItsDeadline) {
  EXPECT_THAT(Call(absl::InfinitePast()).Check(), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(Call::WithTimeout(absl::Hours(1)).Check(), IsOk());
}

TEST(Call, EndsWhenCancelled) {
  bool cancelled = false;
  Call call(absl::InfiniteFuture(), [&] { return cancelled; });
  EXPECT_THAT(call.Check(), IsOk());
  cancelled = true;
  EXPECT_THAT(call.Check(), StatusIs(absl::StatusCode::kCancelled));
}

TEST(Call, IsNeverExtendedByWithin) {
  const absl::Time soon = absl::Now() + absl::Minutes(1);
  EXPECT_EQ(Call(soon).Within(absl::Hours(1)).deadline(), soon);
  EXPECT_LT(Call(soon).Within(absl::Seconds(1)).deadline(), soon);
  Call cancelled(soon, [] { return true; });
  EXPECT_TRUE(cancelled.Within(absl::Seconds(1)).cancelled());
}

}  // namespace
}  // namespace berth
