// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/engine_api/engine_under_test.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;

TEST(ContainerLifecycle, AnEngineThatOpensPutsRightWhatAnEarlierOneLeft) {
  EngineUnderTest t;
  EngineContainerRecord lost;
  lost.name = "lost";
  lost.config = lost.host_config = Json::object();
  lost.state.status = EngineStatus::kRunning;
  lost.state.pod_id = "gone";
  ASSERT_THAT(t.database->Put(EngineTable::kContainers, "c1", FormatRecord(lost)), test::IsOk());
  lost.name = "brief";
  lost.host_config["AutoRemove"] = true;
  ASSERT_THAT(t.database->Put(EngineTable::kContainers, "c2", FormatRecord(lost)), test::IsOk());
  t.runtime.pods.resize(1);
  t.runtime.pods[0].id = "stray";
  t.Open();
  EXPECT_EQ(t.engine->Find("lost")->state.status, EngineStatus::kExited);
  EXPECT_EQ(t.engine->Find("lost")->state.exit_code, 255);
  EXPECT_FALSE(t.engine->Find("brief").ok());
  EXPECT_THAT(t.runtime.calls, ::testing::Contains(HasSubstr("RemovePod stray")));
}

}  // namespace
}  // namespace berth::cri
