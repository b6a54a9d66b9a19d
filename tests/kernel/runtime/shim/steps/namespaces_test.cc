// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::PodPlan;
using ::testing::HasSubstr;

KERNEL_TEST(Namespaces, IsProcessOneOfItsOwnNamespaceInThePodsOthers) {
  PodPlan plan;
  plan.hostname = "podhost";
  PodUnderTest pod(plan);
  EXPECT_EQ(
      pod.Run("a", "echo $$; hostname; set -- /proc/[0-9]*; echo $#; readlink /proc/self/ns/net"),
      absl::StrCat(
          "1\npodhost\n1\n",
          [&pod] {
            char link[64] = {};
            const ssize_t size = readlink(absl::StrCat("/proc/", pod.shim_pid(), "/ns/net").c_str(),
                                          link, sizeof(link) - 1);
            return size < 0 ? std::string("no link") : std::string(link);
          }(),
          "\n"));
  EXPECT_THAT(pod.Run("b", "ip link show lo"), HasSubstr("UP"));
}

}  // namespace
}  // namespace berth::test
