// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/log_details.h"

#include "gtest/gtest.h"

namespace berth::cri {
namespace {

TEST(LogDetails, AreWhatTheLogsOptionsName) {
  EngineContainerRecord record;
  record.id = std::string(64, 'c');
  record.name = "web";
  record.config = {{"Labels", {{"a", "1"}, {"b", "2"}}}, {"Env", {"Q=x y,z", "PATH=/bin"}}};
  EXPECT_EQ(LogDetails(record), " ");
  Json& options = record.host_config["LogConfig"]["Config"];
  options = {{"labels", "a,none"}, {"env", "Q"}, {"tag", "x"}};
  EXPECT_EQ(LogDetails(record), "Q=x+y%2Cz,a=1,tag=x ");
  options = {{"tag", "{{.Name}}-{{.ID}}"}};
  EXPECT_EQ(LogDetails(record), "tag=web-cccccccccccc ");
}

}  // namespace
}  // namespace berth::cri
