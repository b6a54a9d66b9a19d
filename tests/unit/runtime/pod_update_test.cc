// SPDX-License-Identifier: Apache-2.0
#include "runtime/pod_update.h"

#include <limits>

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

v1::LinuxContainerResources Resources(int64_t shares, int64_t quota, int64_t memory) {
  v1::LinuxContainerResources resources;
  resources.set_cpu_shares(shares);
  resources.set_cpu_quota(quota);
  resources.set_memory_limit_in_bytes(memory);
  return resources;
}

TEST(SumOf, AddsTheOverheadToWhatIsLimited) {
  v1::LinuxContainerResources overhead = Resources(128, 10000, 16 << 20);
  overhead.set_cpu_period(50000);
  const v1::LinuxContainerResources sum = SumOf(overhead, Resources(512, 100000, 64 << 20));
  EXPECT_EQ(sum.cpu_shares(), 640);
  EXPECT_EQ(sum.cpu_quota(), 120000);
  EXPECT_EQ(sum.memory_limit_in_bytes(), 80 << 20);
  EXPECT_EQ(sum.memory_swap_limit_in_bytes(), 0);
}

TEST(SumOf, LimitsNothingByTheOverheadAlone) {
  const v1::LinuxContainerResources sum = SumOf(Resources(128, 10000, 16), Resources(0, -1, 0));
  EXPECT_EQ(sum.cpu_shares(), 0);
  EXPECT_EQ(sum.cpu_quota(), -1);
  EXPECT_EQ(sum.memory_limit_in_bytes(), 0);
}

TEST(SumOf, DoesNotOverflow) {
  const int64_t most = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(SumOf(Resources(0, 0, most), Resources(0, 0, most)).memory_limit_in_bytes(), most);
  const int64_t least = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(SumOf(Resources(0, 0, most), Resources(0, 0, least)).memory_limit_in_bytes(), least);
  v1::LinuxContainerResources overhead = Resources(0, most, 0);
  overhead.set_cpu_period(1);
  EXPECT_GT(SumOf(overhead, Resources(0, 1, 0)).cpu_quota(), most / 2);
}

}  // namespace
}  // namespace berth::runtime
