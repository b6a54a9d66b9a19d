// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "cri/engine_api/containers/container_engine.h"
#include "tests/fakes/fake_image_store.h"
#include "tests/fakes/fake_pod_runtime.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;

TEST(ContainerLifecycle, AnEngineThatOpensPutsRightWhatAnEarlierOneLeft) {
  const test::TempDir space;
  test::FakePodRuntime runtime;
  test::FakeImageStore images;
  EventHub events;
  const auto database = EngineDatabase::Open(space.Join("engine.db")).value();
  EngineContainerRecord lost;
  lost.name = "lost";
  lost.config = lost.host_config = lost.networking = Json::object();
  lost.state.status = EngineStatus::kRunning;
  lost.state.pod_id = "gone";
  ASSERT_THAT(database->Put(EngineTable::kContainers, "c1", FormatRecord(lost)), test::IsOk());
  lost.name = "brief";
  lost.host_config["AutoRemove"] = true;
  ASSERT_THAT(database->Put(EngineTable::kContainers, "c2", FormatRecord(lost)), test::IsOk());
  runtime.pods.resize(1);
  runtime.pods[0].id = "stray";
  const auto engine =
      ContainerEngine::Open(runtime, images, *database, events, space.Join("root")).value();
  EXPECT_EQ(engine->Find("lost")->state.status, EngineStatus::kExited);
  EXPECT_EQ(engine->Find("lost")->state.exit_code, 255);
  EXPECT_FALSE(engine->Find("brief").ok());
  EXPECT_THAT(runtime.calls, ::testing::Contains(HasSubstr("RemovePod stray")));
}

}  // namespace
}  // namespace berth::cri
