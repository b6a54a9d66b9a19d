// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/seccomp_rule.h"

#include <cerrno>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using test::IsOkAndHolds;
using test::StatusIs;

TEST(SeccompRuleParser, Actions) {
  const std::pair<const char*, SeccompAction> cases[] = {
      {"SCMP_ACT_ALLOW", SeccompAction::kAllow},
      {"SCMP_ACT_LOG", SeccompAction::kLog},
      {"SCMP_ACT_ERRNO", SeccompAction::kErrno},
      {"SCMP_ACT_TRACE", SeccompAction::kTrace},
      {"SCMP_ACT_TRAP", SeccompAction::kTrap},
      {"SCMP_ACT_KILL", SeccompAction::kKillThread},
      {"SCMP_ACT_KILL_THREAD", SeccompAction::kKillThread},
      {"SCMP_ACT_KILL_PROCESS", SeccompAction::kKillProcess},
  };
  for (const auto& [name, action] : cases) {
    EXPECT_THAT(ParseSeccompAction(name), IsOkAndHolds(action));
  }
  for (const char* name : {"", "SCMP_ACT_allow", "SCMP_ACT_NOTIFY", "ALLOW"}) {
    EXPECT_THAT(ParseSeccompAction(name), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(SeccompRuleParser, ErrnosByNumberOrName) {
  const std::pair<Json, uint32_t> cases[] = {
      {Json::object(), EPERM},
      {{{"n", 0u}}, 0},
      {{{"n", 38u}, {"s", "EACCES"}}, ENOSYS},
      {{{"s", "EACCES"}}, EACCES},
      {{{"s", "ENOSYS"}}, ENOSYS},
  };
  for (const auto& [json, number] : cases) {
    EXPECT_THAT(ParseSeccompErrno(json, "n", "s"), IsOkAndHolds(number)) << json;
  }
}

TEST(SeccompRuleParser, KernelVersions) {
  const auto parse = [](const char* version) {
    return ParseSeccompRule({{"names", Json::array()},
                             {"action", "SCMP_ACT_ALLOW"},
                             {"includes", {{"minKernel", version}}}});
  };
  ASSERT_OK_AND_ASSIGN(const SeccompRule rule, parse("5.11"));
  EXPECT_EQ(rule.includes.min_kernel, std::pair(5u, 11u));
  for (const char* version : {"5", "5.", "5.1.2", "x.y", "-1.2", "5.x"}) {
    EXPECT_THAT(parse(version), StatusIs(absl::StatusCode::kInvalidArgument)) << version;
  }
}

}  // namespace
}  // namespace berth::runtime
