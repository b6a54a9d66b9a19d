// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/selinux.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/runtime/spec/fake_host_files.h"

namespace berth::runtime {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr char kPod[] = "00000401aaaa";  // 1025: categories 1 and 2

class SelinuxTest : public ::testing::Test {
 protected:
  SelinuxTest() { facts_.selinux = true; }
  absl::StatusOr<SelinuxLabels> Plan(bool privileged = false) {
    return PlanSelinux(options_, privileged, kPod, facts_, host_);
  }

  v1::SELinuxOption options_;
  HostFacts facts_;
  FakeHostFiles host_;
};

TEST_F(SelinuxTest, LabelsAreThePolicysWithThePodsLevel) {
  const auto labels = Plan();
  ASSERT_THAT(labels, IsOk());
  EXPECT_EQ(labels->process, "system_u:system_r:container_t:s0:c1,c2");
  EXPECT_EQ(labels->mount, "system_u:object_r:container_file_t:s0:c1,c2");
  facts_.selinux_process = "u:r:svirt_t:s0";
  facts_.selinux_file = "u:object_r:svirt_file_t:s0";
  EXPECT_EQ(Plan()->process, "u:r:svirt_t:s0:c1,c2");
  EXPECT_EQ(Plan()->mount, "u:object_r:svirt_file_t:s0:c1,c2");
}

TEST_F(SelinuxTest, OptionsTakeThePlaceOfParts) {
  options_.set_level("s0:c3,c9");
  EXPECT_EQ(Plan()->process, "system_u:system_r:container_t:s0:c3,c9");
  EXPECT_EQ(Plan()->mount, "system_u:object_r:container_file_t:s0:c3,c9");
  options_.set_user("user_u");
  options_.set_role("user_r");
  options_.set_type("my_t");
  EXPECT_EQ(Plan()->process, "user_u:user_r:my_t:s0:c3,c9");
  EXPECT_EQ(Plan()->mount, "user_u:object_r:container_file_t:s0:c3,c9");
}

TEST_F(SelinuxTest, PrivilegedIsNotConfined) {
  EXPECT_EQ(Plan(true)->process, "system_u:system_r:spc_t:s0");
  EXPECT_EQ(Plan(true)->mount, "system_u:object_r:container_file_t:s0:c1,c2");
  options_.set_type("container_t");
  EXPECT_EQ(Plan(true)->process, "system_u:system_r:container_t:s0");
  options_.set_type(kUnconfinedSelinuxType);
  EXPECT_EQ(Plan()->process, "system_u:system_r:spc_t:s0");
  EXPECT_EQ(Plan()->mount, "system_u:object_r:container_file_t:s0:c1,c2");
}

TEST(SelinuxLabel, OfWhatIsSharedHasNoCategories) {
  EXPECT_EQ(SharedSelinuxLabel("u:object_r:t:s0:c1,c2"), "u:object_r:t:s0");
  EXPECT_EQ(SharedSelinuxLabel("u:object_r:t:s0"), "u:object_r:t:s0");
}

TEST_F(SelinuxTest, WhatThePolicyDoesNotHaveIsRefused) {
  options_.set_type("bad_t");
  EXPECT_THAT(Plan(), StatusIs(absl::StatusCode::kInvalidArgument,
                               HasSubstr("selinux_options: system_u:system_r:bad_t:s0:c1,c2")));
}

TEST_F(SelinuxTest, WhereItIsOffOptionsAreRefused) {
  facts_.selinux = false;
  EXPECT_EQ(Plan()->process, "");
  EXPECT_EQ(Plan()->mount, "");
  options_.set_type(kUnconfinedSelinuxType);  // it is
  EXPECT_EQ(Plan()->process, "");
  options_.set_level("s0");
  EXPECT_THAT(Plan(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("SELinux is off")));
}

TEST(SelinuxOptions, OfAContainerCountBeforeThePods) {
  v1::SELinuxOption pod, container;
  pod.set_type("pod_t");
  pod.set_level("s0:c1,c2");
  container.set_type("container_t");
  const v1::SELinuxOption merged = MergeSelinuxOptions(pod, container);
  EXPECT_EQ(merged.type(), "container_t");
  EXPECT_EQ(merged.level(), "s0:c1,c2");
}

TEST(SelinuxLevel, IsOfTwoCategoriesInOrder) {
  std::set<std::string> levels;
  for (int i = 0; i < 1000; ++i) {
    const std::string level =
        SelinuxLevelOf(absl::StrCat(absl::Hex(i * 4177321U, absl::kZeroPad8)));
    EXPECT_THAT(level, MatchesRegex("s0:c[0-9]+,c[0-9]+"));
    const size_t comma = level.find(',');
    EXPECT_LT(std::stoi(level.substr(4, comma - 4)), std::stoi(level.substr(comma + 2))) << level;
    levels.insert(level);
  }
  EXPECT_GT(levels.size(), 990u);
  EXPECT_EQ(SelinuxLevelOf("no number"), "s0:c0,c1");
}

}  // namespace
}  // namespace berth::runtime
