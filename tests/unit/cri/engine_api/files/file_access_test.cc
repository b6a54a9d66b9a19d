// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/files/file_access.h"

#include <limits>

#include "gtest/gtest.h"

#include "tests/unit/cri/engine_api/engine_under_test.h"

namespace berth::cri {
namespace {

ContainerSpec SpecOf(const char* host_config) {
  absl::StatusOr<ContainerSpec> spec =
      ParseContainerSpec(Json::object(), *ParseJson(host_config, 1000));
  EXPECT_TRUE(spec.ok()) << spec.status();
  return *std::move(spec);
}

TEST(FileAccess, MountsAboveComeBeforeThoseBelow) {
  const ContainerSpec spec =
      SpecOf(R"({"Binds": ["/host:/a/b:ro", "/other:/a/"], "Tmpfs": {"/a/b/c": ""}})");
  const std::vector<ViewMount> mounts = PlanViewMounts(spec, {});
  ASSERT_EQ(mounts.size(), 3U);
  EXPECT_EQ(mounts[0].target, "/a");
  EXPECT_EQ(mounts[0].source, "/other");
  EXPECT_FALSE(mounts[0].read_only);
  EXPECT_EQ(mounts[1].target, "/a/b");
  EXPECT_TRUE(mounts[1].read_only);
  EXPECT_EQ(mounts[2].source, "");
}

TEST(FileAccess, OfAnImageItsLayersAreSeen) {
  const ContainerSpec spec = SpecOf(
      R"({"Mounts": [{"Type": "image", "Source": "a", "Target": "/a"},
                     {"Type": "image", "Source": "b", "Target": "/dir/b"},
                     {"Type": "image", "Source": "c", "Target": "/dir/deep/c"}]})");
  const std::vector<ViewMount> mounts =
      PlanViewMounts(spec, {{"/a", {.directories = {"/2", "/1"}, .file = ""}},
                            {"/dir/b", {.directories = {"/1/part"}, .file = ""}},
                            {"/dir/deep/c", {.directories = {}, .file = "/1/file"}}});
  ASSERT_EQ(mounts.size(), 3U);
  EXPECT_EQ(mounts[0].lower, (std::vector<std::string>{"/2", "/1"}));
  EXPECT_EQ(mounts[1].source, "/1/part");
  EXPECT_TRUE(mounts[1].lower.empty());
  EXPECT_EQ(mounts[2].source, "/1/file");
  EXPECT_TRUE(mounts[0].read_only && mounts[1].read_only && mounts[2].read_only);
  EXPECT_TRUE(PlanViewMounts(spec, {}).empty()) << "an image's name is no path";
}

TEST(FileAccess, FilesOfThePodGiveWayToMountsOfTheContainer) {
  const std::vector<ViewMount> mounts =
      PlanPodFiles(SpecOf(R"({"Binds": ["/host:/etc/hosts"]})"), "/pods/p");
  ASSERT_EQ(mounts.size(), 2U);
  EXPECT_EQ(mounts[0].source, "/pods/p/hostname");
  EXPECT_EQ(mounts[0].target, "/etc/hostname");
  EXPECT_FALSE(mounts[0].read_only);
  EXPECT_EQ(mounts[1].target, "/etc/resolv.conf");
  EXPECT_TRUE(PlanPodFiles(SpecOf(R"({"ReadonlyRootfs": true})"), "/pods/p")[0].read_only);
  EXPECT_TRUE(PlanPodFiles(SpecOf("{}"), "").empty()) << "nor are they the daemon's own";
}

TEST(FileAccess, APathIsInTheNearestMount) {
  const ContainerSpec spec = SpecOf(R"({"Binds": ["/host:/a/b:ro", "/other:/a"]})");
  EXPECT_EQ(MountOf(spec, "/ab"), nullptr);
  EXPECT_EQ(MountOf(spec, "/"), nullptr);
  EXPECT_EQ(MountOf(spec, "/a")->source, "/other");
  EXPECT_EQ(MountOf(spec, "/a/bc")->source, "/other");
  EXPECT_EQ(MountOf(spec, "/a/b/c")->source, "/host");
}

// What is put on record of an end waits for whoever holds the container.
TEST(FileAccess, WaitsForTheEndOfOneThatHasJustEnded) {
  EngineUnderTest t;
  EngineContainerRecord record;
  record.name = "web";
  record.config = record.host_config = Json::object();
  record.mounts = Json::array();
  record.state.status = EngineStatus::kRunning;
  record.state.pod_id = t.runtime.pods.emplace_back().id = "p1";
  ASSERT_TRUE(t.database->Put(EngineTable::kContainers, "c1", FormatRecord(record)).ok());
  runtime::ContainerSnapshot& container = t.runtime.containers.emplace_back();
  container.id = "c1";
  container.pod_id = "p1";
  container.state = ::runtime::v1::CONTAINER_RUNNING;
  container.pid = std::numeric_limits<int>::max();  // no process has that number
  t.Open();
  const FileAccess access(*t.engine, t.Parts());
  EXPECT_EQ(access.Open(Call::WithTimeout(absl::Milliseconds(20)), "web", FileAccess::Mounts::kAll)
                .status()
                .code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(t.engine->Hold(Call::WithTimeout(absl::ZeroDuration()), "c1").ok());
}

TEST(FileAccess, OfAPodOneThatIsYetToStartIsRefused) {
  EngineUnderTest t;
  t.Open();
  t.pods.containers.emplace_back().id = std::string(64, 'a');
  const FileAccess access(*t.engine, t.Parts());
  EXPECT_EQ(access.Open(Call(), std::string(64, 'a'), FileAccess::Mounts::kNone).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace berth::cri
