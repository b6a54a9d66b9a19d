// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/seccomp_program.h"

#include <cerrno>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "runtime/spec/capabilities.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/runtime/spec/filter_machine.h"

namespace berth::runtime {
namespace {

class Program : public ::testing::Test {
 protected:
  void SetUp() override {
    if (seccomp_arch_native() != SCMP_ARCH_X86_64) {
      GTEST_SKIP() << "the numbers in this test are those of x86-64";
    }
  }
};

SeccompProfile Profile(SeccompAction action, std::vector<SeccompRule> rules) {
  SeccompProfile profile;
  profile.default_action = action;
  profile.rules = std::move(rules);
  return profile;
}

SeccompRule Rule(std::vector<std::string> names, SeccompAction action,
                 std::vector<SeccompArgument> arguments = {}) {
  SeccompRule rule;
  rule.names = std::move(names);
  rule.action = action;
  rule.arguments = std::move(arguments);
  return rule;
}

std::string Compile(const SeccompProfile& profile, uint64_t capabilities = 0) {
  absl::StatusOr<std::string> program = CompileSeccompProgram(profile, HostFacts(), capabilities);
  EXPECT_THAT(program, test::IsOk());
  return program.value_or("");
}

TEST_F(Program, AListOfRefusedCalls) {
  SeccompRule chmod = Rule({"chmod", "fchmodat"}, SeccompAction::kErrno);
  chmod.value = EACCES;
  const std::string program = Compile(Profile(SeccompAction::kAllow, {chmod}));
  EXPECT_EQ(RunFilter(program, Named("chmod")), kErrno | EACCES);
  EXPECT_EQ(RunFilter(program, Named("read")), kAllowed);
  EXPECT_EQ(RunFilter(program, {600}), kAllowed);  // nothing seems not to exist
}

TEST_F(Program, NoRulesAtAll) {
  EXPECT_EQ(RunFilter(Compile(Profile(SeccompAction::kAllow, {})), Named("read")), kAllowed);
  EXPECT_EQ(RunFilter(Compile(Profile(SeccompAction::kErrno, {})), Named("read")), kErrno | EPERM);
}

TEST_F(Program, EachActionBecomesTheKernels) {
  const std::pair<SeccompAction, uint32_t> cases[] = {
      {SeccompAction::kAllow, 0x7fff0000},      {SeccompAction::kLog, 0x7ffc0000},
      {SeccompAction::kErrno, 0x00050001},      {SeccompAction::kTrace, 0x7ff00001},
      {SeccompAction::kTrap, 0x00030000},       {SeccompAction::kKillThread, 0},
      {SeccompAction::kKillProcess, 0x80000000}};
  for (const auto& [action, result] : cases) {
    const SeccompAction other =
        action == SeccompAction::kAllow ? SeccompAction::kErrno : SeccompAction::kAllow;
    const std::string program = Compile(Profile(other, {Rule({"read"}, action)}));
    EXPECT_EQ(RunFilter(program, Named("read")), result);
  }
}

TEST_F(Program, EachComparisonHoldsForAll64Bits) {
  constexpr uint64_t kValue = 0x500000007;
  const auto at = [&](SeccompComparison comparison, uint64_t argument) {
    const SeccompRule rule = Rule({"read"}, SeccompAction::kAllow, {{2, kValue, 0x5, comparison}});
    const std::string program = Compile(Profile(SeccompAction::kErrno, {rule}));
    return RunFilter(program, Named("read", {0, 0, argument})) == kAllowed;
  };
  const uint64_t low = kValue - 1;
  const uint64_t high = kValue + (uint64_t{1} << 32);
  using enum SeccompComparison;
  EXPECT_TRUE(at(kEqual, kValue) && !at(kEqual, low) && !at(kEqual, high) && !at(kEqual, 7));
  EXPECT_TRUE(!at(kNotEqual, kValue) && at(kNotEqual, low) && at(kNotEqual, 7));
  EXPECT_TRUE(at(kLess, low) && !at(kLess, kValue) && !at(kLess, high) && at(kLess, 9));
  EXPECT_TRUE(at(kLessOrEqual, kValue) && !at(kLessOrEqual, high));
  EXPECT_TRUE(at(kGreater, high) && !at(kGreater, kValue) && !at(kGreater, 0xffffffff));
  EXPECT_TRUE(at(kGreaterOrEqual, kValue) && !at(kGreaterOrEqual, low));
  EXPECT_TRUE(at(kMaskedEqual, 0x5) && at(kMaskedEqual, 0xa0000000d) && !at(kMaskedEqual, 0x7));
}

TEST_F(Program, ArgumentsOfOneRuleMustAllMatchAndRulesAreAlternatives) {
  using enum SeccompComparison;
  const SeccompProfile profile =
      Profile(SeccompAction::kErrno,
              {Rule({"read"}, SeccompAction::kAllow, {{0, 1, 0, kEqual}, {1, 2, 0, kEqual}}),
               Rule({"read"}, SeccompAction::kAllow, {{0, 9, 0, kEqual}})});
  const std::string program = Compile(profile);
  EXPECT_EQ(RunFilter(program, Named("read", {1, 2})), kAllowed);
  EXPECT_EQ(RunFilter(program, Named("read", {1, 3})), kErrno | EPERM);
  EXPECT_EQ(RunFilter(program, Named("read", {9, 0})), kAllowed);
}

TEST_F(Program, OneArgumentTwiceInARuleMeansAlternatives) {
  using enum SeccompComparison;
  const SeccompProfile profile =
      Profile(SeccompAction::kErrno,
              {Rule({"read"}, SeccompAction::kAllow, {{0, 1, 0, kEqual}, {0, 5, 0, kEqual}})});
  const std::string program = Compile(profile);
  EXPECT_EQ(RunFilter(program, Named("read", {1})), kAllowed);
  EXPECT_EQ(RunFilter(program, Named("read", {5})), kAllowed);
  EXPECT_EQ(RunFilter(program, Named("read", {2})), kErrno | EPERM);
}

TEST_F(Program, UnknownNamesAreSkipped) {
  const std::string program = Compile(
      Profile(SeccompAction::kErrno, {Rule({"frobnicate", "read"}, SeccompAction::kAllow)}));
  EXPECT_EQ(RunFilter(program, Named("read")), kAllowed);
}

TEST_F(Program, ARuleWithTheDefaultActionChangesNothing) {
  const std::string program =
      Compile(Profile(SeccompAction::kErrno, {Rule({"mount"}, SeccompAction::kErrno),
                                              Rule({"read"}, SeccompAction::kAllow)}));
  EXPECT_EQ(RunFilter(program, Named("mount")), kErrno | EPERM);
  EXPECT_EQ(RunFilter(program, Named("read")), kAllowed);
}

TEST_F(Program, WithoutSubArchitecturesOtherCallsAreKilled) {
  SeccompProfile profile =
      Profile(SeccompAction::kErrno, {Rule({"getpid"}, SeccompAction::kAllow)});
  EXPECT_EQ(RunFilter(Compile(profile), {20, kI386}), kKilled);
  profile.architectures = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_MIPS"};
  EXPECT_EQ(RunFilter(Compile(profile), {20, kI386}), kAllowed);
  profile.architectures.clear();
  profile.arch_map = {{"SCMP_ARCH_AARCH64", {"SCMP_ARCH_ARM"}},
                      {"SCMP_ARCH_X86_64", {"SCMP_ARCH_X86"}}};
  EXPECT_EQ(RunFilter(Compile(profile), {20, kI386}), kAllowed);
  EXPECT_EQ(RunFilter(Compile(profile), {20, SCMP_ARCH_ARM}), kKilled);
}

TEST_F(Program, NewerCallsThanTheProfileNamesSeemNotToExist) {
  const std::string program = Compile(
      Profile(SeccompAction::kKillProcess, {Rule({"read", "openat2"}, SeccompAction::kAllow)}));
  EXPECT_EQ(RunFilter(program, Named("mount")), 0x80000000);
  EXPECT_EQ(RunFilter(program, {Named("openat2").number + 1}), kErrno | ENOSYS);
}

TEST_F(Program, TooLongIsAnError) {
  SeccompProfile profile = Profile(SeccompAction::kErrno, {});
  for (uint64_t i = 0; i < 1000; ++i) {
    profile.rules.push_back(
        Rule({"read"}, SeccompAction::kAllow,
             {{0, i * i, 0, SeccompComparison::kEqual}, {1, i, 0, SeccompComparison::kEqual}}));
  }
  EXPECT_THAT(CompileSeccompProgram(profile, HostFacts(), 0),
              test::StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(SeccompRuleActive, DependsOnCapabilitiesArchitectureAndKernel) {
  HostFacts facts;
  facts.kernel_major = 5;
  facts.kernel_minor = 10;
  const uint64_t admin = uint64_t{1} << CapabilityNumber("SYS_ADMIN").value();
  SeccompRule rule;
  EXPECT_TRUE(IsSeccompRuleActive(rule, facts, 0));
  rule.includes.capabilities = {"CAP_SYS_ADMIN", "CAP_BPF"};
  EXPECT_FALSE(IsSeccompRuleActive(rule, facts, admin));
  rule.includes.capabilities = {"CAP_SYS_ADMIN"};
  EXPECT_TRUE(IsSeccompRuleActive(rule, facts, admin));
  rule.excludes.capabilities = {"CAP_BPF", "CAP_SYS_ADMIN"};
  EXPECT_FALSE(IsSeccompRuleActive(rule, facts, admin));
  rule = {};
  rule.includes.min_kernel = {5, 10};
  EXPECT_TRUE(IsSeccompRuleActive(rule, facts, 0));
  rule.includes.min_kernel = {5, 11};
  EXPECT_FALSE(IsSeccompRuleActive(rule, facts, 0));
  rule.includes.min_kernel = {4, 19};
  EXPECT_TRUE(IsSeccompRuleActive(rule, facts, 0));
  rule.includes.architectures = {"s390x"};
  EXPECT_FALSE(IsSeccompRuleActive(rule, facts, 0));
  rule.includes.architectures = {"amd64", "arm64"};
  EXPECT_TRUE(IsSeccompRuleActive(rule, facts, 0));
}

TEST(SeccompFlags, AreOursUnlessTheProfileHasSome) {
  SeccompProfile profile;
  EXPECT_EQ(SeccompFlags(profile), 4u);
  profile.flags.emplace();
  EXPECT_EQ(SeccompFlags(profile), 0u);
  profile.flags = {"SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"};
  EXPECT_EQ(SeccompFlags(profile), 2u);
}

}  // namespace
}  // namespace berth::runtime
