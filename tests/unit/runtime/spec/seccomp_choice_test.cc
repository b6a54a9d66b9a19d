// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/seccomp_choice.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/runtime/spec/fake_host_files.h"

namespace berth::runtime {
namespace {

using test::StatusIs;
using ::testing::HasSubstr;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
v1::LinuxContainerSecurityContext Deprecated(const std::string& path) {
  v1::LinuxContainerSecurityContext security;
  security.set_seccomp_profile_path(path);
  return security;
}
#pragma GCC diagnostic pop

v1::LinuxContainerSecurityContext Asking(v1::SecurityProfile::ProfileType type,
                                         const std::string& ref = "") {
  v1::LinuxContainerSecurityContext security;
  security.mutable_seccomp()->set_profile_type(type);
  security.mutable_seccomp()->set_localhost_ref(ref);
  return security;
}

class SeccompChoice : public ::testing::Test {
 protected:
  SeccompChoice() {
    host_.files["/profiles/a.json"] =
        R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
            {"names":["chmod"],"action":"SCMP_ACT_ERRNO"}]})";
    host_.files["/profiles/bad.json"] = "{";
    default_ = compiler_.CompileDefault(HostFacts(), 0).value().instructions;
  }
  absl::StatusOr<std::string> Plan(const v1::LinuxContainerSecurityContext& security,
                                   bool unset_is_default = false) {
    absl::StatusOr<SeccompProgram> program =
        PlanSeccomp(security, 0, unset_is_default, HostFacts(), host_, compiler_);
    if (!program.ok()) {
      return program.status();
    }
    return program->instructions.empty()       ? "none"
           : program->instructions == default_ ? "default"
                                               : "other";
  }

  FakeHostFiles host_;
  SeccompCompiler compiler_;
  std::string default_;
};

TEST_F(SeccompChoice, IsTheSameAsAProfile) {
  const auto find = [this](const v1::LinuxContainerSecurityContext& security) {
    return FindSeccompProfile(security, false, host_);
  };
  EXPECT_FALSE(find({})->has_value());
  EXPECT_TRUE(find(Asking(v1::SecurityProfile::RuntimeDefault))->has_value());
  const auto profile = find(Asking(v1::SecurityProfile::Localhost, "/profiles/a.json"));
  ASSERT_THAT(profile, test::IsOk());
  EXPECT_EQ((*profile)->default_action, SeccompAction::kAllow);
  EXPECT_THAT(find(Asking(v1::SecurityProfile::Localhost, "/profiles/bad.json")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/profiles/bad.json")));
  v1::LinuxContainerSecurityContext privileged = Asking(v1::SecurityProfile::RuntimeDefault);
  privileged.set_privileged(true);
  EXPECT_FALSE(find(privileged)->has_value());
}

TEST_F(SeccompChoice, ByTheField) {
  EXPECT_THAT(Plan(Asking(v1::SecurityProfile::RuntimeDefault)), test::IsOkAndHolds("default"));
  EXPECT_THAT(Plan(Asking(v1::SecurityProfile::Unconfined)), test::IsOkAndHolds("none"));
  EXPECT_THAT(Plan(Asking(v1::SecurityProfile::Localhost, "/profiles/a.json")),
              test::IsOkAndHolds("other"));
}

TEST_F(SeccompChoice, ByTheDeprecatedString) {
  EXPECT_THAT(Plan(Deprecated("runtime/default")), test::IsOkAndHolds("default"));
  EXPECT_THAT(Plan(Deprecated("docker/default")), test::IsOkAndHolds("default"));
  EXPECT_THAT(Plan(Deprecated("unconfined")), test::IsOkAndHolds("none"));
  EXPECT_THAT(Plan(Deprecated("localhost//profiles/a.json")), test::IsOkAndHolds("other"));
  EXPECT_THAT(Plan(Deprecated("profiles/a.json")), StatusIs(absl::StatusCode::kInvalidArgument));
  v1::LinuxContainerSecurityContext both = Deprecated("unconfined");
  both.mutable_seccomp()->set_profile_type(v1::SecurityProfile::RuntimeDefault);
  EXPECT_THAT(Plan(both), test::IsOkAndHolds("default"));
}

TEST_F(SeccompChoice, UnsetIsAsConfigured) {
  EXPECT_THAT(Plan({}), test::IsOkAndHolds("none"));
  EXPECT_THAT(Plan({}, true), test::IsOkAndHolds("default"));
  EXPECT_THAT(Plan(Asking(v1::SecurityProfile::Unconfined), true), test::IsOkAndHolds("none"));
}

TEST_F(SeccompChoice, PrivilegedHasNone) {
  v1::LinuxContainerSecurityContext security = Asking(v1::SecurityProfile::Localhost, "/missing");
  security.set_privileged(true);
  EXPECT_THAT(Plan(security), test::IsOkAndHolds("none"));
}

TEST_F(SeccompChoice, AProfileThatCannotBeUsedIsAnError) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "not an absolute path"},
      {"profiles/a.json", "not an absolute path"},
      {"/profiles/missing.json", "/profiles/missing.json"},
      {"/profiles/bad.json", "/profiles/bad.json"},
  };
  for (const auto& [path, message] : cases) {
    EXPECT_THAT(Plan(Asking(v1::SecurityProfile::Localhost, path)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)));
  }
  EXPECT_THAT(Plan(Asking(static_cast<v1::SecurityProfile::ProfileType>(9))),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace berth::runtime
