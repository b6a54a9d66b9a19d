// SPDX-License-Identifier: Apache-2.0
#include "runtime/placement.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<std::string> PodCgroupBelow(const std::string& parent,
                                           CgroupDriver driver = CgroupDriver::kCgroupfs) {
  v1::PodSandboxConfig config;
  config.mutable_linux()->set_cgroup_parent(parent);
  return PodCgroup(config, driver, driver == CgroupDriver::kSystemd ? "berth.slice" : "/berth",
                   "id");
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

TEST(PodCgroup, IsKnownByItsName) {
  for (const CgroupDriver driver : {CgroupDriver::kCgroupfs, CgroupDriver::kSystemd}) {
    const absl::StatusOr<std::string> cgroup = PodCgroupBelow("", driver);
    ASSERT_THAT(cgroup, test::IsOk());
    EXPECT_TRUE(IsPodCgroup(*cgroup, "id"));
    EXPECT_FALSE(IsPodCgroup(*cgroup, "other"));
    EXPECT_EQ(IsScope(*cgroup), driver == CgroupDriver::kSystemd);
  }
}

TEST(PodCgroup, IsAScopeBelowASliceWithSystemdsDriver) {
  EXPECT_THAT(PodCgroupBelow("", CgroupDriver::kSystemd),
              test::IsOkAndHolds("/berth.slice/berth-id.scope"));
  EXPECT_THAT(PodCgroupBelow("kubepods-burstable.slice", CgroupDriver::kSystemd),
              test::IsOkAndHolds("/kubepods.slice/kubepods-burstable.slice/berth-id.scope"));
  for (const char* parent : {"/kubepods/burstable", "/a/../b.slice"}) {
    EXPECT_THAT(PodCgroupBelow(parent, CgroupDriver::kSystemd),
                test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("cgroup_parent")));
  }
}

TEST(CheckCgroupParent, WantsTheDriversKind) {
  EXPECT_THAT(CheckCgroupParent(CgroupDriver::kCgroupfs, "/berth"), test::IsOk());
  EXPECT_THAT(
      CheckCgroupParent(CgroupDriver::kCgroupfs, "x.slice"),
      test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("x.slice is a systemd")));
  EXPECT_THAT(CheckCgroupParent(CgroupDriver::kSystemd, "x.slice"), test::IsOk());
  EXPECT_THAT(CheckCgroupParent(CgroupDriver::kSystemd, "/berth"),
              test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no systemd slice")));
}

absl::StatusOr<LogPlace> Place(const std::string& directory, const std::string& path) {
  v1::PodSandboxConfig pod;
  pod.set_log_directory(directory);
  v1::ContainerConfig container;
  container.set_log_path(path);
  return PlaceLog(pod, container);
}

absl::StatusOr<std::string> Log(const std::string& directory, const std::string& path) {
  ASSIGN_OR_RETURN(const LogPlace place, Place(directory, path));
  return place.path();
}

TEST(PlaceLog, TellsTheDirectoryFromWhatIsBeneath) {
  const LogPlace place = Place("/var/log/pods/a/", "/main/./0.log").value();
  EXPECT_EQ(place.directory, "/var/log/pods/a");
  EXPECT_EQ(place.file, "main/0.log");
  EXPECT_EQ(place.planned(), "/var/log/pods/a//main/0.log");
  EXPECT_EQ(Place("/", "0.log").value().planned(), "//0.log");
  EXPECT_EQ(LogPlace().planned(), "");
}

TEST(PlaceLog, IsBelowTheLogDirectory) {
  EXPECT_THAT(Log("/var/log/pods/a", "main/0.log"),
              test::IsOkAndHolds("/var/log/pods/a/main/0.log"));
  EXPECT_THAT(Log("/var/log/pods/a/", "/main/0.log"),
              test::IsOkAndHolds("/var/log/pods/a/main/0.log"));
}

TEST(PlaceLog, IsEmptyWhenEitherPartIs) {
  EXPECT_THAT(Log("", "main/0.log"), test::IsOkAndHolds(""));
  EXPECT_THAT(Log("/var/log", ""), test::IsOkAndHolds(""));
}

TEST(PlaceLog, NeverLeavesTheLogDirectory) {
  EXPECT_THAT(Log("/var/log", "../etc/passwd"), test::StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Log("/var/log", "a/../../b"), test::StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Log("/var/log", std::string("a\0b", 3)),
              test::StatusIs(absl::StatusCode::kInvalidArgument));
  for (const char* no_file : {"/", ".", "a/"}) {
    EXPECT_THAT(Log("/var/log", no_file), test::StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_THAT(Log("var/log", "a"), test::StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace berth::runtime
