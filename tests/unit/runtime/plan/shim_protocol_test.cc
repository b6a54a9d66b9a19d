// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/shim_protocol.h"

#include <set>
#include <string>
#include <type_traits>

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

TEST(ShimProtocol, NamesEveryStepDifferently) {
  std::set<std::string> names;
  for (uint32_t step = 0; step <= static_cast<uint32_t>(LaunchStep::kProtocol); ++step) {
    names.insert(StepName(static_cast<LaunchStep>(step)));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(LaunchStep::kProtocol) + 1);
  EXPECT_STREQ(StepName(LaunchStep::kRootFilesystem), "mount root filesystem");
  EXPECT_STREQ(StepName(static_cast<LaunchStep>(1000)), "unknown step");
}

TEST(ShimProtocol, HasMessagesOfOneSizeWithoutPointers) {
  EXPECT_TRUE(std::is_trivially_copyable_v<ShimRequest>);
  EXPECT_TRUE(std::is_trivially_copyable_v<ShimReply>);
}

}  // namespace
}  // namespace berth::runtime
