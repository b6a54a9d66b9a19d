// SPDX-License-Identifier: Apache-2.0
#include "runtime/placement.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<std::string> PodCgroupBelow(const std::string& parent) {
  v1::PodSandboxConfig config;
  config.mutable_linux()->set_cgroup_parent(parent);
  return PodCgroup(config, "/berth", "id");
}

TEST(PodCgroup, IsBelowTheRequestsParentOrOurs) {
  EXPECT_THAT(PodCgroupBelow(""), test::IsOkAndHolds("/berth/id"));
  EXPECT_THAT(PodCgroupBelow("/kubepods/burstable/podX"),
              test::IsOkAndHolds("/kubepods/burstable/podX/id"));
  EXPECT_THAT(PodCgroupBelow("kubepods//podX/"), test::IsOkAndHolds("/kubepods/podX/id"));
}

TEST(PodCgroup, RefusesSlicesAndWaysOut) {
  EXPECT_THAT(PodCgroupBelow("kubepods-burstable.slice"),
              test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("systemd slice")));
  EXPECT_THAT(PodCgroupBelow("/kubepods/../.."),
              test::StatusIs(absl::StatusCode::kInvalidArgument));
}

absl::StatusOr<std::string> Log(const std::string& directory, const std::string& path) {
  v1::PodSandboxConfig pod;
  pod.set_log_directory(directory);
  v1::ContainerConfig container;
  container.set_log_path(path);
  return LogPath(pod, container);
}

TEST(LogPath, IsBelowTheLogDirectory) {
  EXPECT_THAT(Log("/var/log/pods/a", "main/0.log"),
              test::IsOkAndHolds("/var/log/pods/a/main/0.log"));
  EXPECT_THAT(Log("/var/log/pods/a/", "/main/0.log"),
              test::IsOkAndHolds("/var/log/pods/a/main/0.log"));
}

TEST(LogPath, IsEmptyWhenEitherPartIs) {
  EXPECT_THAT(Log("", "main/0.log"), test::IsOkAndHolds(""));
  EXPECT_THAT(Log("/var/log", ""), test::IsOkAndHolds(""));
}

TEST(LogPath, NeverLeavesTheLogDirectory) {
  EXPECT_THAT(Log("/var/log", "../etc/passwd"), test::StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Log("/var/log", "a/../../b"), test::StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Log("/var/log", std::string("a\0b", 3)),
              test::StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Log("var/log", "a"), test::StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace berth::runtime
