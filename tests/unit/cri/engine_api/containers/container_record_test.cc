// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_record.h"

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
  record.mounts = {{{"Type", "volume"}}};
  record.state.status = EngineStatus::kPaused;
  record.state.exit_code = 137;
  record.state.restart_count = 4;
  record.state.stopped_by_user = true;
  record.state.paused_by_commit = true;
  const auto read = ParseRecord("c1", FormatRecord(record));
  ASSERT_THAT(read, test::IsOk());
  EXPECT_EQ(FormatRecord(*read), FormatRecord(record));
  EXPECT_TRUE(read->state.running() && read->state.paused());
  EXPECT_EQ(ParseRecord("c1", {{"state", {{"status", "odd"}}}}).status().code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace berth::cri
