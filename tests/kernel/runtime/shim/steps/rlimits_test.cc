// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include <cstdint>
#include <string>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
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

// Fewer open files than a launch itself has.
KERNEL_TEST(Rlimits, AreInNobodysWayBeforeTheProgram) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "ulimit -Sn; ulimit -Hn; exec sleep 100");
  plan.process.rlimits = {{RLIMIT_NOFILE, 4, 4}};
  pod.Launch(plan);
  EXPECT_TRUE(Eventually([&] { return pod.Output("a") == "4\n4\n"; })) << pod.Log("a");
  runtime::ProcessPlan process = PodUnderTest::Process("ulimit -Sn");
  process.rlimits = {{RLIMIT_NOFILE, 4, 4}};
  EXPECT_EQ(pod.Exec("a", process).out, "4\n");
}

// In a user namespace of its own nothing may be raised any more.
KERNEL_TEST(Rlimits, AreRaisedForAUserNamespaceToo) {
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  uint64_t hard = before.rlim_max + 1;
  const rlimit higher = {.rlim_cur = before.rlim_cur, .rlim_max = hard};
  if (setrlimit(RLIMIT_NOFILE, &higher) == 0) {
    const rlimit low = {.rlim_cur = 512, .rlim_max = 512};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  } else {
    hard = before.rlim_max;  // without CAP_SYS_RESOURCE it stays what it is
  }
  const absl::Cleanup restore = [&] { setrlimit(RLIMIT_NOFILE, &before); };
  runtime::PodPlan users;
  users.ids = {1000000, 65536};
  PodUnderTest pod(users);
  LaunchPlan plan = pod.Plan("a", "ulimit -Sn; ulimit -Hn");
  plan.process.rlimits = {{RLIMIT_NOFILE, 100, before.rlim_max + 1}};
  EXPECT_EQ(pod.Run(plan), absl::StrCat("100\n", hard, "\n"));
}

}  // namespace
}  // namespace berth::test
