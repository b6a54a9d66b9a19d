// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using ::testing::HasSubstr;

KERNEL_TEST(Rlimits, SetsLimitsSignalsMaskAndScore) {
  PodUnderTest pod;
  LaunchPlan plan =
      pod.Plan("a",
               "ulimit -Sn; ulimit -Hn; umask; cat /proc/self/oom_score_adj;"
               "grep -e SigBlk -e SigIgn -e SigPnd /proc/self/status; cat /proc/self/sessionid;"
               "cut -d ' ' -f 6 /proc/1/stat");
  plan.process.rlimits = {{RLIMIT_NOFILE, 123, 456}};
  plan.process.oom_score_adj = 321;
  const std::string output = pod.Run(plan);
  EXPECT_THAT(output, HasSubstr("123\n456\n0022\n321\n"));
  EXPECT_THAT(output, HasSubstr("SigPnd:\t0000000000000000"));
  EXPECT_THAT(output, HasSubstr("SigBlk:\t0000000000000000"));
  EXPECT_THAT(output, HasSubstr("SigIgn:\t0000000000000000"));
}

}  // namespace
}  // namespace berth::test
