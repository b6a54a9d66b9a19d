// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/undo_time.h"

#include "gtest/gtest.h"

#include "base/clock.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using test::IsOk;

TEST(UndoTime, IsAsLongAsItIsAskedForUntilItIsShortened) {
  const UndoTime time;
  const absl::Time before = SteadyNow();
  const Call call = time.Begin(absl::Minutes(1));
  EXPECT_FALSE(time.is_short());
  EXPECT_GE(call.deadline(), before + absl::Minutes(1));
  EXPECT_LE(call.deadline(), SteadyNow() + absl::Minutes(1));
  EXPECT_THAT(call.Check(), IsOk());
}

TEST(UndoTime, IsShortForWhatHasBegunAndForWhatBeginsLater) {
  const absl::Time told = absl::FromUnixSeconds(1000);
  EXPECT_EQ(EndOfUndo(told - absl::Seconds(50), told), told + kShortUndo);
  EXPECT_EQ(EndOfUndo(told + absl::Seconds(7), told), told + absl::Seconds(7) + kShortUndo);
  UndoTime time;
  const Call early = time.Begin(absl::Minutes(1));
  time.Shorten();
  EXPECT_TRUE(time.is_short());
  EXPECT_FALSE(early.cancelled()) << "it still has a moment";
  EXPECT_FALSE(time.Begin(absl::Minutes(1)).cancelled());
}

}  // namespace
}  // namespace berth::runtime
