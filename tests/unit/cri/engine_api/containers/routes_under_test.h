// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cri/engine_api/containers/container_routes.h"
#include "cri/engine_api/router.h"
#include "tests/unit/cri/engine_api/engine_under_test.h"

namespace berth::cri {

// All routes of containers, of which there are none.
struct ContainerRoutesUnderTest : EngineUnderTest {
  ContainerRoutesUnderTest() {
    Open();
    AddContainerRoutes(router, *engine, Parts(),
                       [](const std::string&) { return std::vector<std::string>(); });
    AddContainerStreamRoutes(router, *engine, runtime, events);
  }

  Router router;
};

}  // namespace berth::cri
