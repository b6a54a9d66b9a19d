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
  const auto volumes = reopened->All(EngineTable::kVolumes).value();
  ASSERT_EQ(volumes.size(), 1u);
  EXPECT_EQ(volumes.at("a").value()["Name"], "new");
  EXPECT_EQ(reopened->All(EngineTable::kNetworks)->at("a").value()["Name"], "net");
  EXPECT_THAT(*reopened->All(EngineTable::kContainers), IsEmpty());
}

TEST(EngineDatabase, OneRecordThatIsNoneIsNobodyElsesError) {
  const test::TempDir directory;
  const std::string path = directory.Join("engine.db");
  const auto database = EngineDatabase::Open(path).value();
  for (const char* id : {"good", "half", "list"}) {
    ASSERT_THAT(database->Put(EngineTable::kVolumes, id, {{"Name", id}}), test::IsOk());
  }
  {
    constexpr absl::string_view kNoMore[2] = {};  // migrations
    Database other = Database::Open(path, Durability::kProcess, kNoMore).value();
    ASSERT_THAT(other.Execute(R"(UPDATE volumes SET json = '{"Na' WHERE id = 'half';
                                 UPDATE volumes SET json = '[]' WHERE id = 'list')"),
                test::IsOk());
  }
  const auto volumes = database->All(EngineTable::kVolumes).value();
  EXPECT_EQ(volumes.at("good").value()["Name"], "good");
  for (const char* id : {"half", "list"}) {
    EXPECT_THAT(volumes.at(id), test::StatusIs(absl::StatusCode::kDataLoss)) << id;
  }
}

}  // namespace
}  // namespace berth::cri
