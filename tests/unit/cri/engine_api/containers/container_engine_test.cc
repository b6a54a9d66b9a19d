// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_engine.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/fake_image_store.h"
#include "tests/fakes/fake_pod_runtime.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;

class ContainerEngineTest : public ::testing::Test {
 protected:
  ContainerEngineTest() : database(EngineDatabase::Open(space.Join("engine.db")).value()) {
    engine = ContainerEngine::Open(runtime, images, *database, events, space.Join("root")).value();
  }

  test::TempDir space;
  test::FakePodRuntime runtime;
  test::FakeImageStore images;
  EventHub events;
  std::unique_ptr<EngineDatabase> database;
  std::unique_ptr<ContainerEngine> engine;
};

TEST_F(ContainerEngineTest, WhatIsNotThereIsSaidInDockersWords) {
  EXPECT_THAT(engine->Start(Call(), "web"),
              test::StatusIs(absl::StatusCode::kNotFound, HasSubstr("No such container: web")));
  EXPECT_THAT(engine->Create(Call(), {.name = "web",
                                      .config = {{"Image", "none:1"}},
                                      .host_config = Json::object(),
                                      .networking = Json::object()}),
              test::StatusIs(absl::StatusCode::kNotFound, HasSubstr("No such image: none:1")));
  EXPECT_TRUE(engine->All().empty());
  EXPECT_TRUE(images.RootfsKeys().empty());
}

}  // namespace
}  // namespace berth::cri
