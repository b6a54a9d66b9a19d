// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/stats/process_table.h"

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

TEST(PsArguments, AreWords) {
  EXPECT_EQ(PsArguments("").value(), (std::vector<std::string>{"-ef"}));
  EXPECT_EQ(PsArguments("-o  pid,comm").value(), (std::vector<std::string>{"-o", "pid,comm"}));
  EXPECT_TRUE(PsArguments("-o pid=PID,comm").ok());
  EXPECT_THAT(PsArguments("-o comm=PID,pid=X"), test::StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_FALSE(PsArguments(std::string(kMaxPsWords + 1, 'x')).ok());
}

TEST(ProcessTable, HasTheContainersProcessesOnly) {
  const Json table = ProcessTable(
                         "UID   PID CMD\n"
                         "root  12 sleep 1000\n"
                         "root  13 other\n"
                         "root  14 sh -c a  b\n"
                         "odd\n",
                         {12, 14})
                         .value();
  EXPECT_EQ(table["Titles"], Json::array({"UID", "PID", "CMD"}));
  EXPECT_EQ(table["Processes"], Json::array({Json::array({"root", "12", "sleep 1000"}),
                                             Json::array({"root", "14", "sh -c a b"})}));
}

TEST(ProcessTable, NeedsAColumnOfNumbers) {
  EXPECT_FALSE(ProcessTable("CMD\nsleep\n", {1}).ok());
  EXPECT_FALSE(ProcessTable("", {1}).ok());
}

}  // namespace
}  // namespace berth::cri
