// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/seccomp_prefix.h"

#include <cerrno>

#include "gtest/gtest.h"

#include "tests/unit/runtime/spec/filter_machine.h"

namespace berth::runtime {
namespace {

constexpr uint32_t kRanOn = 0x1234;

// The prefix with a filter after it that answers kRanOn.
std::string WithEnd(const std::vector<SeccompPrefixArchitecture>& architectures) {
  const FilterInstruction end = {0x06, 0, 0, kRanOn};
  return BuildSeccompPrefix(architectures) +
         std::string(reinterpret_cast<const char*>(&end), sizeof(end));
}

TEST(SeccompPrefix, NothingToSayIsNoInstruction) {
  EXPECT_EQ(BuildSeccompPrefix({}), "");
}

TEST(SeccompPrefix, DecidesByArchitectureAndNumber) {
  SeccompPrefixArchitecture native = {kX86_64, {{{451, kAllowed}}, 460}, std::nullopt};
  native.x32 = SeccompPrefixCalls{{{kX32Bit | 452, kAllowed}}, kX32Bit | 500};
  const std::string program = WithEnd({native, {kI386, {{{7, kKilled}}, {}}, std::nullopt}});
  EXPECT_EQ(RunFilter(program, {451}), kAllowed);
  EXPECT_EQ(RunFilter(program, {452}), kRanOn);
  EXPECT_EQ(RunFilter(program, {460}), kRanOn);
  EXPECT_EQ(RunFilter(program, {461}), kErrno | ENOSYS);
  EXPECT_EQ(RunFilter(program, {kX32Bit - 1}), kErrno | ENOSYS);
  EXPECT_EQ(RunFilter(program, {kX32Bit}), kRanOn);
  EXPECT_EQ(RunFilter(program, {kX32Bit | 452}), kAllowed);
  EXPECT_EQ(RunFilter(program, {kX32Bit | 501}), kErrno | ENOSYS);
  EXPECT_EQ(RunFilter(program, {~0U}), kErrno | ENOSYS);
  EXPECT_EQ(RunFilter(program, {7, kI386}), kKilled);
  EXPECT_EQ(RunFilter(program, {461, kI386}), kRanOn);
  EXPECT_EQ(RunFilter(program, {451, SCMP_ARCH_ARM}), kRanOn);
}

TEST(SeccompPrefix, KnowsRecentCalls) {
  EXPECT_EQ(RecentSystemCall("cachestat", false), 451u);
  EXPECT_EQ(RecentSystemCall("uretprobe", true), 335u);
  EXPECT_EQ(RecentSystemCall("uretprobe", false), std::nullopt);
  EXPECT_EQ(RecentSystemCall("read", true), std::nullopt);
}

}  // namespace
}  // namespace berth::runtime
