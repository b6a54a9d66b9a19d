// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/log_rotator.h"

#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "cri/log_limit.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/engine_api/engine_under_test.h"

namespace berth::cri {
namespace {

TEST(LogRotator, RotatesWhatIsTooLargeAndRunsAndIsLimited) {
  EngineUnderTest t;
  for (const char* id : {"c0", "c1", "c2", "c3"}) {
    EngineContainerRecord record;
    record.name = id;
    record.config = record.host_config = Json::object();
    if (record.name != "c2") {
      record.host_config["LogConfig"] = {{"Type", "json-file"},
                                         {"Config", {{"max-size", "10"}, {"max-file", "2"}}}};
    }
    record.state.status = EngineStatus::kRunning;
    record.state.pod_id = "p1";
    ASSERT_TRUE(t.database->Put(EngineTable::kContainers, id, FormatRecord(record)).ok());
    runtime::ContainerSnapshot& container = t.runtime.containers.emplace_back();
    container.id = id;
    container.pod_id = "p1";
    container.state = ::runtime::v1::CONTAINER_RUNNING;
  }
  t.runtime.pods.resize(1);
  t.runtime.pods[0].id = "p1";
  t.Open();
  for (const char* id : {"c1", "c2", "c3"}) {
    const std::string path = t.engine->LogPath(id);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << (std::string(id) == "c3" ? "short" : "more than ten");
  }
  const auto rotated = [&](const char* id) {
    return std::filesystem::exists(t.engine->LogPath(id) + ".1");
  };
  {
    const LogRotator rotator(*t.engine, t.runtime);
    EXPECT_TRUE(test::Eventually([&] { return rotated("c1"); }));
  }
  EXPECT_FALSE(rotated("c2"));
  EXPECT_FALSE(rotated("c3"));
  // Its file is missing: a daemon was killed between moving it and having a new one opened.
  EXPECT_THAT(t.runtime.calls, ::testing::Contains("ReopenLog c0"));
}

TEST(LogRotator, LimitsOfPodsAreTheirClients) {
  runtime::ContainerSnapshot container;
  container.id = "c1";
  container.log_path = "/logs/0.log";
  container.state = ::runtime::v1::CONTAINER_RUNNING;
  EXPECT_EQ(LimitOf(container), std::nullopt);
  std::string& limit = (*container.config.mutable_annotations())[std::string(kLogLimit)];
  for (const char* wrong : {"", "0", "-1", "1m"}) {
    limit = wrong;
    EXPECT_EQ(LimitOf(container), std::nullopt) << wrong;
  }
  limit = "1000";
  ASSERT_TRUE(LimitOf(container).has_value());
  EXPECT_EQ(LimitOf(container)->path, "/logs/0.log");
  EXPECT_EQ(LimitOf(container)->max_size, 1000);
  EXPECT_EQ(LimitOf(container)->max_files, 2);
  container.state = ::runtime::v1::CONTAINER_EXITED;
  EXPECT_EQ(LimitOf(container), std::nullopt);
}

TEST(LogRotator, RotatesWhatPodsAskFor) {
  EngineUnderTest t;
  t.Open();
  const test::TempDir dir;
  runtime::ContainerSnapshot& container = t.runtime.containers.emplace_back();
  container.id = "c1";
  container.state = ::runtime::v1::CONTAINER_RUNNING;
  container.log_path = dir.Join("0.log");
  (*container.config.mutable_annotations())[std::string(kLogLimit)] = "10";
  std::ofstream(container.log_path) << "more than ten";
  const LogRotator rotator(*t.engine, t.runtime);
  EXPECT_TRUE(test::Eventually([&] { return std::filesystem::exists(dir.Join("0.log.1")); }));
}

}  // namespace
}  // namespace berth::cri
