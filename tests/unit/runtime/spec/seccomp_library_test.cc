// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/seccomp_library.h"

#include <seccomp.h>

#include <cerrno>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/runtime/spec/filter_machine.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;

TEST(SeccompLibrary, ResultsAreTheKernels) {
  EXPECT_EQ(FilterResult(SeccompAction::kErrno, 38), 0x00050026u);
  EXPECT_EQ(FilterResult(SeccompAction::kTrace, 7), 0x7ff00007u);
  EXPECT_EQ(FilterResult(SeccompAction::kAllow, 7), 0x7fff0000u);
  EXPECT_EQ(FilterResult(SeccompAction::kKillProcess, 7), 0x80000000u);
}

TEST(SeccompLibrary, FindsSystemCalls) {
  EXPECT_TRUE(FindSystemCall("read").known);
  EXPECT_FALSE(FindSystemCall("frobnicate").known);
  EXPECT_EQ(SystemCallOn(SCMP_ARCH_X86, "read"), 3);
  EXPECT_EQ(SystemCallOn(SCMP_ARCH_AARCH64, "read"), 63);
  EXPECT_LT(SystemCallOn(SCMP_ARCH_AARCH64, "fork"), 0);
}

TEST(SeccompLibrary, OnlyArchitecturesOfTheMachineCount) {
  if (seccomp_arch_native() != SCMP_ARCH_X86_64) {
    GTEST_SKIP() << "written for x86-64";
  }
  SeccompProfile profile;
  EXPECT_THAT(FilterArchitectures(profile), ElementsAre(SCMP_ARCH_X86_64));
  profile.architectures = {"SCMP_ARCH_X32", "SCMP_ARCH_X86_64", "SCMP_ARCH_ARM", "nonsense"};
  EXPECT_THAT(FilterArchitectures(profile), ElementsAre(SCMP_ARCH_X86_64, SCMP_ARCH_X32));
}

TEST(SeccompLibrary, AFilterIsExportedAsInstructions) {
  SeccompFilter filter(FilterResult(SeccompAction::kErrno, EPERM));
  ASSERT_THAT(filter.Prepare({seccomp_arch_native()}, true), test::IsOk());
  SeccompRule rule;
  EXPECT_THAT(filter.Add(FindSystemCall("read").number, "read", rule), test::IsOk());
  ASSERT_OK_AND_ASSIGN(const std::string program, filter.Export());
  EXPECT_EQ(program.size() % sizeof(FilterInstruction), 0u);
  SystemCall read = {static_cast<uint32_t>(FindSystemCall("read").number), seccomp_arch_native()};
  EXPECT_EQ(RunFilter(program, read), kAllowed);
}

TEST(SeccompLibrary, ARuleThatItRefusesIsTheProfilesFault) {
  SeccompFilter filter(FilterResult(SeccompAction::kErrno, EPERM));
  ASSERT_THAT(filter.Prepare({seccomp_arch_native()}, true), test::IsOk());
  SeccompRule rule;
  rule.arguments = {{9, 0, 0, SeccompComparison::kEqual}};
  EXPECT_THAT(filter.Add(FindSystemCall("read").number, "read", rule),
              test::StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("read")));
}

}  // namespace
}  // namespace berth::runtime
