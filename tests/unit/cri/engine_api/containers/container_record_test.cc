// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_record.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

TEST(ContainerRecord, ComesBackAsItWas) {
  EngineContainerRecord record;
  record.id = "c1";
  record.name = "web";
  record.config = {{"Cmd", {"x"}}};
  record.host_config = Json::object();
  record.mounts = {{{"Type", "volume"}, {"Source", "data"}, {"Target", "/data"}}};
  record.state.status = EngineStatus::kPaused;
  record.state.exit_code = 137;
  record.state.restart_count = 4;
  record.state.stopped_by_user = true;
  record.state.paused_by_commit = true;
  const EngineContainerRecord read = ParseRecord("c1", FormatRecord(record));
  EXPECT_THAT(CheckAlive(read), test::IsOk());
  EXPECT_EQ(FormatRecord(read), FormatRecord(record));
  EXPECT_TRUE(read.state.running() && read.state.paused());
}

TEST(ContainerRecord, OneThatCannotBeReadIsDeadWithWhatItOwns) {
  EngineContainerRecord record;
  record.name = "web";
  record.image_id = "sha256:1";
  record.config = {{"Cmd", {"x"}}};
  record.mounts = {{{"Type", "volume"}, {"Source", "data"}, {"Target", "/data"}}};
  const Json good = FormatRecord(record);
  const auto with = [&good](const char* field, const Json& value) {
    Json changed = good;
    changed[field] = value;
    return changed;
  };
  struct Case {
    absl::StatusOr<Json> json;
    const char* why;
    bool knows_mounts;
  };
  for (const Case& each : {Case{absl::DataLossError("no JSON"), "no JSON", false},
                           Case{with("state", {{"status", "odd"}}), "state.status", true},
                           Case{with("state", {{"status", "dead"}}), "state.status", true},
                           Case{with("created_at", "x"), "created_at", true},
                           Case{with("mounts", "x"), "mounts", false},
                           Case{with("mounts", {{{"Type", "odd"}}}), "mounts", false}}) {
    const EngineContainerRecord dead = ParseRecord("c1", each.json);
    EXPECT_THAT(CheckAlive(dead), test::StatusIs(absl::StatusCode::kFailedPrecondition,
                                                 ::testing::HasSubstr(each.why)));
    EXPECT_EQ(dead.id, "c1");
    EXPECT_EQ(dead.name, each.json.ok() ? "web" : "");
    EXPECT_EQ(dead.image_id, each.json.ok() ? "sha256:1" : "");
    EXPECT_EQ(dead.config, Json::object());
    EXPECT_EQ(dead.mounts, each.knows_mounts ? record.mounts : Json()) << each.why;
    EXPECT_FALSE(dead.state.running());
  }
  EXPECT_TRUE(ParseRecord("c1", with("name", "")).state.dead());
}

}  // namespace
}  // namespace berth::cri
