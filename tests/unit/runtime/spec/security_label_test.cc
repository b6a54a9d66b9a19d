// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/security_label.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/runtime/spec/fake_host_files.h"

namespace berth::runtime {
namespace {

using test::IsOkAndHolds;
using test::StatusIs;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
v1::LinuxContainerSecurityContext Deprecated(const std::string& profile) {
  v1::LinuxContainerSecurityContext security;
  security.set_apparmor_profile(profile);
  return security;
}
#pragma GCC diagnostic pop

v1::LinuxContainerSecurityContext Asking(v1::SecurityProfile::ProfileType type,
                                         const std::string& ref = "") {
  v1::LinuxContainerSecurityContext security;
  security.mutable_apparmor()->set_profile_type(type);
  security.mutable_apparmor()->set_localhost_ref(ref);
  return security;
}

class AppArmor : public ::testing::Test {
 protected:
  AppArmor() {
    facts_.apparmor = true;
    host_.files["/sys/kernel/security/apparmor/profiles"] =
        "docker-default (enforce)\nmine (complain)\nberth-default (enforce)\n";
  }
  absl::StatusOr<std::string> Plan(const v1::LinuxContainerSecurityContext& security) {
    return PlanAppArmor(security, facts_, host_);
  }

  HostFacts facts_;
  FakeHostFiles host_;
};

TEST_F(AppArmor, ALoadedProfileIsUsed) {
  EXPECT_THAT(Plan(Asking(v1::SecurityProfile::Localhost, "mine")), IsOkAndHolds("mine"));
  EXPECT_THAT(Plan(Asking(v1::SecurityProfile::Localhost, "localhost/mine")), IsOkAndHolds("mine"));
  EXPECT_THAT(Plan(Deprecated("localhost/mine")), IsOkAndHolds("mine"));
  EXPECT_THAT(Plan(Asking(v1::SecurityProfile::RuntimeDefault)), IsOkAndHolds("berth-default"));
  EXPECT_THAT(Plan({}), IsOkAndHolds("berth-default"));
  EXPECT_THAT(Plan(Deprecated("runtime/default")), IsOkAndHolds("berth-default"));
}

TEST_F(AppArmor, WhatIsNotLoadedIsRefused) {
  for (const char* name : {"other", "min", "mine (complain)", "docker-default (enforce)\nmine"}) {
    EXPECT_THAT(Plan(Asking(v1::SecurityProfile::Localhost, name)),
                StatusIs(absl::StatusCode::kFailedPrecondition))
        << name;
  }
  EXPECT_THAT(Plan(Asking(v1::SecurityProfile::Localhost, "")),
              StatusIs(absl::StatusCode::kInvalidArgument));
  host_.files["/sys/kernel/security/apparmor/profiles"] = "";
  EXPECT_THAT(Plan(Asking(v1::SecurityProfile::RuntimeDefault)),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(Plan({}), IsOkAndHolds(""));  // nobody has asked
}

TEST_F(AppArmor, UnconfinedAndPrivilegedHaveNone) {
  EXPECT_THAT(Plan(Asking(v1::SecurityProfile::Unconfined)), IsOkAndHolds(""));
  EXPECT_THAT(Plan(Deprecated("unconfined")), IsOkAndHolds(""));
  v1::LinuxContainerSecurityContext security = Asking(v1::SecurityProfile::Localhost, "mine");
  security.set_privileged(true);
  EXPECT_THAT(Plan(security), IsOkAndHolds(""));
}

TEST_F(AppArmor, TheNewFieldCountsBeforeTheOld) {
  v1::LinuxContainerSecurityContext security = Deprecated("localhost/other");
  *security.mutable_apparmor() = Asking(v1::SecurityProfile::Localhost, "mine").apparmor();
  EXPECT_THAT(Plan(security), IsOkAndHolds("mine"));
}

TEST_F(AppArmor, WhereItIsOffOnlyANamedProfileIsAnError) {
  facts_.apparmor = false;
  EXPECT_THAT(Plan({}), IsOkAndHolds(""));
  EXPECT_THAT(Plan(Asking(v1::SecurityProfile::RuntimeDefault)), IsOkAndHolds(""));
  EXPECT_THAT(Plan(Asking(v1::SecurityProfile::Localhost, "mine")),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(AppArmor, UnknownFormsAreErrors) {
  EXPECT_THAT(Plan(Deprecated("mine")), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Plan(Asking(static_cast<v1::SecurityProfile::ProfileType>(7))),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace berth::runtime
