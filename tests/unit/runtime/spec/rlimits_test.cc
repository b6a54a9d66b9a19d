// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/rlimits.h"

#include <sys/resource.h>

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

TEST(Rlimits, OpenFilesStayBelowTheKernelsLimit) {
  HostFacts facts;
  std::vector<Rlimit> limits = PlanRlimits(facts);
  ASSERT_FALSE(limits.empty());
  EXPECT_EQ(limits[0].resource, static_cast<uint32_t>(RLIMIT_NOFILE));
  EXPECT_EQ(limits[0].soft, 1024u);
  EXPECT_EQ(limits[0].hard, 524288u);
  facts.max_open_files = 512;
  limits = PlanRlimits(facts);
  EXPECT_EQ(limits[0].soft, 512u);
  EXPECT_EQ(limits[0].hard, 512u);
}

TEST(Rlimits, AnExtraOneComesInPlaceOfTheUsual) {
  const std::vector<Rlimit> limits =
      PlanRlimits(HostFacts(), {{RLIMIT_NOFILE, 5, 6}, {RLIMIT_STACK, 7, 8}});
  ASSERT_EQ(limits.size(), 4u);
  EXPECT_EQ(limits[2].resource, static_cast<uint32_t>(RLIMIT_NOFILE));
  EXPECT_EQ(limits[2].soft, 5u);
  EXPECT_EQ(limits[2].hard, 6u);
  EXPECT_EQ(limits[3].resource, static_cast<uint32_t>(RLIMIT_STACK));
}

TEST(Rlimits, InfinityIsTheKernels) {
  EXPECT_EQ(PlanRlimits(HostFacts())[1].hard, static_cast<uint64_t>(RLIM64_INFINITY));
}

}  // namespace
}  // namespace berth::runtime
