// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/engine_database.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {
namespace {

using ::testing::IsEmpty;

TEST(EngineDatabase, KeepsRecordsByTableAndId) {
  const test::TempDir directory;
  const std::string path = directory.Join("engine.db");
  {
    const auto database = EngineDatabase::Open(path).value();
    EXPECT_THAT(database->Put(EngineTable::kVolumes, "a", {{"Name", "old"}}), test::IsOk());
    EXPECT_THAT(database->Put(EngineTable::kVolumes, "a", {{"Name", "new"}}), test::IsOk());
    EXPECT_THAT(database->Put(EngineTable::kVolumes, "b", Json::object()), test::IsOk());
    EXPECT_THAT(database->Put(EngineTable::kNetworks, "a", {{"Name", "net"}}), test::IsOk());
    EXPECT_THAT(database->Remove(EngineTable::kVolumes, "b"), test::IsOk());
    EXPECT_THAT(database->Remove(EngineTable::kVolumes, "unknown"), test::IsOk());
  }
  const auto reopened = EngineDatabase::Open(path).value();
  const std::map<std::string, Json> volumes = reopened->All(EngineTable::kVolumes).value();
  ASSERT_EQ(volumes.size(), 1u);
  EXPECT_EQ(volumes.at("a")["Name"], "new");
  EXPECT_EQ(reopened->All(EngineTable::kNetworks)->at("a")["Name"], "net");
  EXPECT_THAT(*reopened->All(EngineTable::kContainers), IsEmpty());
  EXPECT_THAT(*reopened->All(EngineTable::kBuildCache), IsEmpty());
}

}  // namespace
}  // namespace berth::cri
