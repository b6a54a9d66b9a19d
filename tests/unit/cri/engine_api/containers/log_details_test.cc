// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/log_details.h"

#include "absl/strings/match.h"
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

// They stand before each line.
TEST(LogDetails, HaveNoMoreThanThereIsRoomFor) {
  EngineContainerRecord record;
  record.config = {{"Labels",
                    {{"a", "1"},
                     {"b", std::string(1 << 20, 'x')},
                     {"c", std::string(kMaxLogDetails / 3, '%')},
                     {"d", std::string(kMaxLogDetails - 7, 'x')},
                     {"e", "2"}}}};
  Json& options = record.host_config["LogConfig"]["Config"];
  options = {{"labels", "a,b,c,e"}, {"tag", std::string(1 << 20, 'x')}};
  EXPECT_EQ(LogDetails(record), "a=1,e=2 ");
  options = {{"labels", "a,d,e"}};
  const std::string full = LogDetails(record);
  EXPECT_EQ(full.size(), kMaxLogDetails);
  EXPECT_TRUE(absl::EndsWith(full, "x "));
}

}  // namespace
}  // namespace berth::cri
