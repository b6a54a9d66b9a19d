// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/break_off.h"

#include <unistd.h>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cli {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;

int taken = 0;

void Take(int /*number*/) {
  ++taken;
}

TEST(BreakOff, DoesAfterwardsWhatTheSignalDoes) {
  signal(SIGTERM, Take);
  {
    const BreakOff outer;
    {
      const BreakOff inner;
      EXPECT_THAT(BreakOff::Check(), IsOk());
      raise(SIGTERM);
      EXPECT_THAT(BreakOff::Check(), StatusIs(absl::StatusCode::kCancelled));
    }
    EXPECT_EQ(taken, 0);
    EXPECT_THAT(BreakOff::Check(), StatusIs(absl::StatusCode::kCancelled));
  }
  EXPECT_EQ(taken, 1);
  EXPECT_THAT(BreakOff::Check(), IsOk());
  signal(SIGTERM, SIG_DFL);
}

TEST(BreakOff, ASecondSignalEndsTheProcess) {
  const auto twice = [] {
    const BreakOff break_off;
    raise(SIGINT);
    raise(SIGINT);
    _exit(0);
  };
  EXPECT_EXIT(twice(), ::testing::KilledBySignal(SIGINT), "");
}

TEST(BreakOff, LeavesAloneWhatIsIgnored) {
  signal(SIGHUP, SIG_IGN);
  {
    const BreakOff break_off;
    raise(SIGHUP);
    EXPECT_THAT(BreakOff::Check(), IsOk());
  }
  signal(SIGHUP, SIG_DFL);
}

}  // namespace
}  // namespace berth::cli
