// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/seccomp_profile.h"

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(SeccompProfile, ReadsEveryField) {
  ASSERT_OK_AND_ASSIGN(const SeccompProfile profile, ParseSeccompProfile(R"({
    "defaultAction": "SCMP_ACT_ERRNO",
    "defaultErrnoRet": 38,
    "archMap": [{"architecture": "SCMP_ARCH_X86_64",
                 "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]}],
    "flags": ["SECCOMP_FILTER_FLAG_LOG"],
    "listenerPath": "",
    "syscalls": [
      {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "comment": "files",
       "includes": {"caps": ["CAP_SYS_ADMIN"], "arches": ["amd64"], "minKernel": "4.8"},
       "excludes": {"caps": ["CAP_BPF"]}},
      {"name": "clone", "action": "SCMP_ACT_TRACE", "errnoRet": 5,
       "args": [{"index": 1, "value": 2114060288, "valueTwo": 7, "op": "SCMP_CMP_MASKED_EQ"}]},
      {"names": ["personality"], "action": "SCMP_ACT_ERRNO", "errno": "EACCES",
       "args": [{"index": 0, "value": 18446744073709551615, "op": "SCMP_CMP_GE"}]}
    ]})"));
  EXPECT_EQ(profile.default_action, SeccompAction::kErrno);
  EXPECT_EQ(profile.default_value, 38u);
  ASSERT_EQ(profile.arch_map.size(), 1u);
  EXPECT_EQ(profile.arch_map[0].architecture, "SCMP_ARCH_X86_64");
  EXPECT_THAT(profile.arch_map[0].sub_architectures, ElementsAre("SCMP_ARCH_X86", "SCMP_ARCH_X32"));
  EXPECT_THAT(profile.flags.value(), ElementsAre("SECCOMP_FILTER_FLAG_LOG"));
  ASSERT_EQ(profile.rules.size(), 3u);

  const SeccompRule& read = profile.rules[0];
  EXPECT_THAT(read.names, ElementsAre("read", "write"));
  EXPECT_EQ(read.action, SeccompAction::kAllow);
  EXPECT_THAT(read.includes.capabilities, ElementsAre("CAP_SYS_ADMIN"));
  EXPECT_THAT(read.includes.architectures, ElementsAre("amd64"));
  EXPECT_EQ(read.includes.min_kernel, std::pair(4u, 8u));
  EXPECT_THAT(read.excludes.capabilities, ElementsAre("CAP_BPF"));

  const SeccompRule& clone = profile.rules[1];
  EXPECT_THAT(clone.names, ElementsAre("clone"));
  EXPECT_EQ(clone.action, SeccompAction::kTrace);
  EXPECT_EQ(clone.value, 5u);
  ASSERT_EQ(clone.arguments.size(), 1u);
  EXPECT_EQ(clone.arguments[0].index, 1u);
  EXPECT_EQ(clone.arguments[0].value, 2114060288u);
  EXPECT_EQ(clone.arguments[0].value_two, 7u);
  EXPECT_EQ(clone.arguments[0].comparison, SeccompComparison::kMaskedEqual);

  const SeccompRule& personality = profile.rules[2];
  EXPECT_EQ(personality.value, static_cast<uint32_t>(EACCES));
  EXPECT_EQ(personality.arguments[0].value, ~uint64_t{0});
}

TEST(SeccompProfile, LittleIsEnough) {
  ASSERT_OK_AND_ASSIGN(
      const SeccompProfile profile,
      ParseSeccompProfile(R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":null})"));
  EXPECT_EQ(profile.default_action, SeccompAction::kAllow);
  EXPECT_EQ(profile.default_value, static_cast<uint32_t>(EPERM));
  EXPECT_EQ(profile.flags, std::nullopt);
  EXPECT_THAT(profile.rules, IsEmpty());
}

TEST(SeccompProfile, RefusesWhatIsNoProfile) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "not valid JSON"},
      {"[]", "is not an object"},
      {"{}", "unknown action \"\""},
      {R"({"defaultAction":"allow"})", "unknown action \"allow\""},
      {R"({"defaultAction":7})", "defaultAction is not a string"},
      {R"({"defaultAction":"SCMP_ACT_NOTIFY"})", "SCMP_ACT_NOTIFY"},
      {R"({"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/x"})", "listenerPath"},
      {R"({"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_NEW_LISTENER"]})",
       "flag"},
      {R"({"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":4096})", "no errno"},
      {R"({"defaultAction":"SCMP_ACT_ERRNO","defaultErrno":"EWHAT"})", "EWHAT"},
      {R"({"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86"],
           "archMap":[{"architecture":"SCMP_ARCH_X86_64"}]})",
       "both architectures and archMap"},
      {R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":{}})", "syscalls is not an array"},
      {R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":["read"]})", "not objects"},
      {R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"]}]})", "unknown action"},
      {R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":[1],"action":"SCMP_ACT_LOG"}]})",
       "names is not an array of strings"},
      {R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"name":"a","names":["b"],
           "action":"SCMP_ACT_LOG"}]})",
       "both name and names"},
  };
  for (const auto& [json, message] : cases) {
    EXPECT_THAT(ParseSeccompProfile(json),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)))
        << json;
  }
}

// A comparison that is read wrongly would widen its rule.
TEST(SeccompProfile, RefusesArgumentsThatItCannotRead) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"index":0,"value":1})", "unknown op"},
      {R"({"index":0,"value":1,"op":"=="})", "unknown op"},
      {R"({"index":6,"value":1,"op":"SCMP_CMP_EQ"})", "no argument 6"},
      {R"({"index":0,"value":-1,"op":"SCMP_CMP_EQ"})", "value is not a number"},
      {R"({"index":0,"value":"1","op":"SCMP_CMP_EQ"})", "value is not a number"},
      {R"({"index":0,"value":1.5,"op":"SCMP_CMP_EQ"})", "value is not a number"},
      {R"(7)", "args are not objects"},
  };
  for (const auto& [argument, message] : cases) {
    const std::string json = absl::StrCat(
        R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],
            "action":"SCMP_ACT_ALLOW","args":[)",
        argument, "]}]}");
    EXPECT_THAT(ParseSeccompProfile(json),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)))
        << argument;
  }
}

TEST(SeccompProfile, IsBounded) {
  std::string rules;
  for (int i = 0; i < 5000; ++i) {
    absl::StrAppend(&rules, rules.empty() ? "" : ",", R"({"names":[],"action":"SCMP_ACT_LOG"})");
  }
  const std::string many =
      absl::StrCat(R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[)", rules, "]}");
  EXPECT_THAT(ParseSeccompProfile(many), StatusIs(absl::StatusCode::kInvalidArgument));
  const std::string large(kMaxSeccompProfile + 1, ' ');
  EXPECT_THAT(ParseSeccompProfile(large), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace berth::runtime
