// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "cri/engine_api/containers/container_engine.h"
#include "cri/engine_api/containers/container_routes.h"
#include "cri/engine_api/engine_database.h"
#include "cri/engine_api/event_hub.h"
#include "cri/engine_api/router.h"
#include "tests/fakes/fake_image_store.h"
#include "tests/fakes/fake_pod_runtime.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {

// All routes of containers, of which there are none.
struct ContainerRoutesUnderTest {
  ContainerRoutesUnderTest() {
    AddContainerRoutes(router, *engine, runtime);
    AddContainerStreamRoutes(router, *engine, runtime);
  }

  test::TempDir space;
  test::FakePodRuntime runtime;
  test::FakeImageStore images;
  EventHub events;
  const std::unique_ptr<EngineDatabase> database =
      EngineDatabase::Open(space.Join("engine.db")).value();
  const std::unique_ptr<ContainerEngine> engine =
      ContainerEngine::Open(runtime, images, *database, events, space.Join("root")).value();
  Router router;
};

}  // namespace berth::cri
