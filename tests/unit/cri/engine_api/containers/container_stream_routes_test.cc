// SPDX-License-Identifier: Apache-2.0
#include "gtest/gtest.h"

#include "cri/engine_api/containers/container_routes.h"
#include "tests/fakes/fake_image_store.h"
#include "tests/fakes/fake_pod_runtime.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

TEST(ContainerStreamRoutes, AnswerWithDockersCodes) {
  const test::TempDir space;
  test::FakePodRuntime runtime;
  test::FakeImageStore images;
  EventHub events;
  const auto database = EngineDatabase::Open(space.Join("engine.db")).value();
  const auto engine =
      ContainerEngine::Open(runtime, images, *database, events, space.Join("root")).value();
  Router router;
  AddContainerRoutes(router, *engine, runtime);
  AddContainerStreamRoutes(router, *engine, runtime);
  EXPECT_EQ(Ask(router, "POST", "/containers/web/attach?stdout=1").code, 404);
  EXPECT_EQ(Ask(router, "POST", "/containers/web/resize?h=1&w=1").code, 404);
  EXPECT_EQ(Ask(router, "GET", "/containers/web/logs").code, 400);
  EXPECT_EQ(Ask(router, "GET", "/containers/web/logs?stdout=1&since=x").code, 400);
  EXPECT_EQ(Ask(router, "GET", "/containers/web/logs?stdout=1").code, 404);
}

}  // namespace
}  // namespace berth::cri
