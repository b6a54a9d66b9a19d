// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_table.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;

EngineContainerRecord Record(const char* id, const char* name) {
  EngineContainerRecord record;
  record.id = id;
  record.name = name;
  return record;
}

TEST(ContainerTable, FindsByIdPrefixAndNameAcrossARestart) {
  const test::TempDir directory;
  const auto database = EngineDatabase::Open(directory.Join("engine.db")).value();
  {
    const auto table = ContainerTable::Open(*database).value();
    ASSERT_THAT(table->Add(Record("abc1", "web")), test::IsOk());
    ASSERT_THAT(table->Add(Record("abd2", "db")), test::IsOk());
    EXPECT_THAT(
        table->Add(Record("abe3", "web")),
        test::StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("is already in use by")));
    ASSERT_THAT(table->Rename("abc1", "site"), test::IsOk());
    ASSERT_THAT(table->Change("abc1", [](auto& record) { record.state.exit_code = 4; }),
                test::IsOk());
  }
  const auto table = ContainerTable::Open(*database).value();
  for (const char* name : {"abc1", "abc", "site", "/site"}) {
    EXPECT_EQ(table->Find(name)->state.exit_code, 4) << name;
  }
  EXPECT_THAT(table->Find("ab"), test::StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(table->Find("web"),
              test::StatusIs(absl::StatusCode::kNotFound, HasSubstr("No such container: web")));
  ASSERT_THAT(table->Remove("abc1"), test::IsOk());
  EXPECT_FALSE(table->HasName("site"));
  EXPECT_EQ(table->All().size(), 1u);
}

TEST(ContainerTable, WhatCannotBeReadKeepsItsNameAndItsRecord) {
  const test::TempDir directory;
  const auto database = EngineDatabase::Open(directory.Join("engine.db")).value();
  Json named = FormatRecord(Record("d1", "web"));
  named["state"]["status"] = "odd";
  const Json nameless = {{"name", 4}};
  Json second = FormatRecord(Record("e3", "twice"));
  for (const auto& [id, json] : std::map<std::string, Json>{
           {"d1", named}, {"d2", nameless}, {"e2", second}, {"e3", second}}) {
    ASSERT_THAT(database->Put(EngineTable::kContainers, id, json), test::IsOk());
  }
  const auto table = ContainerTable::Open(*database).value();
  EXPECT_THAT(table->Add(Record("f1", "web")), test::StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(table->Find("web")->id, "d1");
  EXPECT_EQ(table->Find("d2")->name, "d2");
  EXPECT_EQ(table->Find("twice")->id, "e2");
  EXPECT_EQ(table->Find("e3")->name, "e3") << "two of one name";
  for (const char* id : {"d1", "d2", "e3"}) {
    EXPECT_TRUE(table->Find(id)->state.dead()) << id;
    EXPECT_THAT(table->Change(
                    id, [](auto&) {}, /*force=*/true),
                test::StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(table->Rename(id, "other"), test::StatusIs(absl::StatusCode::kFailedPrecondition));
  }
  EXPECT_EQ(database->All(EngineTable::kContainers)->at("d1").value(), named);
  EXPECT_THAT(table->Remove("d1"), test::IsOk());
  EXPECT_THAT(table->Add(Record("f1", "web")), test::IsOk());
}

TEST(ContainerTable, WhoReadsDoesNotWaitForAChange) {
  const test::TempDir directory;
  const auto database = EngineDatabase::Open(directory.Join("engine.db")).value();
  const auto table = ContainerTable::Open(*database).value();
  ASSERT_THAT(table->Add(Record("abc1", "web")), test::IsOk());
  const auto changed = table->Change("abc1", [&](EngineContainerRecord& record) {
    record.state.exit_code = 4;
    EXPECT_EQ(table->Find("web")->state.exit_code, 0) << "before it is on record";
  });
  EXPECT_THAT(changed, test::IsOk());
  EXPECT_EQ(table->Find("web")->state.exit_code, 4);
  const auto done = [](const EngineContainerRecord& record) { return !record.state.running(); };
  EXPECT_TRUE(table->AwaitState(Call(), "abc1", done)->has_value());
  EXPECT_FALSE(table->AwaitState(Call(), "gone", done)->has_value());
}

}  // namespace
}  // namespace berth::cri
