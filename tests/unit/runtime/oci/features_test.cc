// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/features.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::runtime::oci {
namespace {

using ::testing::HasSubstr;

TEST(OciFeatures, AreWhatTheRuntimePrints) {
  const auto features = ParseFeatures(
      R"({"ociVersionMin": "1.0.0", "ociVersionMax": "1.0.2-dev",
          "linux": {"seccomp": {"enabled": true, "actions": ["SCMP_ACT_ERRNO", 5]}}})");
  ASSERT_TRUE(features.ok());
  EXPECT_EQ(features->newest_version, "1.0.2-dev");
  ASSERT_TRUE(features->actions.has_value());
  EXPECT_THAT(*features->actions, ::testing::ElementsAre("SCMP_ACT_ERRNO"));
  EXPECT_FALSE(ParseFeatures(R"({"ociVersionMax": "1.1"})")->actions.has_value());
}

TEST(OciFeatures, TellWhetherAPodMayHaveAUserNamespace) {
  EXPECT_TRUE(Features().user_namespaces);  // it has not said
  EXPECT_FALSE(ParseFeatures(R"({"ociVersionMax": "1.0.2"})")->user_namespaces);
  EXPECT_TRUE(ParseFeatures(R"({"ociVersionMax": "1.2.0",
      "linux": {"mountExtensions": {"idmap": {"enabled": true}}}})")
                  ->user_namespaces);
}

TEST(OciFeatures, AreNothingElse) {
  for (const char* text : {"", "usage: true", "{}", "[]", R"({"ociVersionMax": 1})"}) {
    EXPECT_EQ(ParseFeatures(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(OciFeatures, RefuseAFilterThatTheyLack) {
  Features features;
  SeccompProfile profile;
  profile.rules = {{.names = {"read"}, .action = SeccompAction::kLog}};
  EXPECT_TRUE(CheckSeccomp(features, profile).ok());  // it has not said
  features.actions = {{"SCMP_ACT_ERRNO", "SCMP_ACT_LOG"}};
  EXPECT_TRUE(CheckSeccomp(features, profile).ok());
  features.actions = {{"SCMP_ACT_ERRNO"}};
  EXPECT_THAT(std::string(CheckSeccomp(features, profile).message()), HasSubstr("SCMP_ACT_LOG"));
}

}  // namespace
}  // namespace berth::runtime::oci
