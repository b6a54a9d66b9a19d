// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_routes.h"

#include "gtest/gtest.h"

#include "tests/fakes/fake_image_store.h"
#include "tests/fakes/fake_pod_runtime.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

TEST(ContainerRoutes, AnswerWithDockersCodes) {
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
  EXPECT_EQ(Ask(router, "GET", "/containers/json?all=1").json(), Json::array());
  EXPECT_EQ(Ask(router, "GET", "/containers/json?filters={\"colour\":[\"red\"]}").code, 400);
  for (const char* target :
       {"/containers/web/start", "/containers/web/stop", "/containers/web/wait",
        "/containers/web/kill", "/containers/web/attach"}) {
    EXPECT_EQ(Ask(router, "POST", target).code, 404) << target;
  }
  EXPECT_EQ(Ask(router, "POST", "/containers/web/kill?signal=SIGODD").code, 400);
  EXPECT_EQ(Ask(router, "POST", "/containers/web/wait?condition=odd").code, 400);
  EXPECT_EQ(Ask(router, "GET", "/containers/web/logs").code, 400);
  EXPECT_EQ(Ask(router, "GET", "/containers/web/logs?stdout=1").code, 404);
  FakeExchange bad("POST", "/containers/create", "{\"HostConfig\": 7}");
  router.Serve(bad);
  EXPECT_EQ(bad.code, 400);
}

}  // namespace
}  // namespace berth::cri
