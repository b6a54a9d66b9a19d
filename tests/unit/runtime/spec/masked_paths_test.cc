// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/masked_paths.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(MaskedPaths, TheListsOfTheRequestReplaceOurs) {
  v1::LinuxContainerConfig config;
  config.mutable_security_context()->add_masked_paths("/bin/ls");
  config.mutable_security_context()->add_readonly_paths("/tmp/../proc/");
  ASSERT_OK_AND_ASSIGN(const ProtectedPaths paths, PlanProtectedPaths(config));
  EXPECT_THAT(paths.masked, ElementsAre("/bin/ls"));
  EXPECT_THAT(paths.read_only, ElementsAre("/proc"));
}

TEST(MaskedPaths, EmptyListsMaskNothing) {
  v1::LinuxContainerConfig config;
  config.mutable_security_context();
  ASSERT_OK_AND_ASSIGN(const ProtectedPaths paths, PlanProtectedPaths(config));
  EXPECT_THAT(paths.masked, IsEmpty());
  EXPECT_THAT(paths.read_only, IsEmpty());
}

TEST(MaskedPaths, OursCountWhereNothingIsSaid) {
  ASSERT_OK_AND_ASSIGN(const ProtectedPaths paths, PlanProtectedPaths({}));
  EXPECT_THAT(paths.masked, Contains("/proc/kcore"));
  EXPECT_THAT(paths.masked, Contains("/sys/devices/virtual/powercap"));
  EXPECT_THAT(paths.read_only, Contains("/proc/sys"));
}

TEST(MaskedPaths, PrivilegedSeesAll) {
  v1::LinuxContainerConfig config;
  config.mutable_security_context()->set_privileged(true);
  config.mutable_security_context()->add_masked_paths("/bin/ls");
  ASSERT_OK_AND_ASSIGN(const ProtectedPaths paths, PlanProtectedPaths(config));
  EXPECT_THAT(paths.masked, IsEmpty());
}

TEST(MaskedPaths, MustBeAbsolute) {
  for (const std::string& path : {std::string(""), std::string("proc"), std::string("/a\0b", 4)}) {
    v1::LinuxContainerConfig config;
    config.mutable_security_context()->add_masked_paths(path);
    EXPECT_THAT(PlanProtectedPaths(config), test::StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace berth::runtime
