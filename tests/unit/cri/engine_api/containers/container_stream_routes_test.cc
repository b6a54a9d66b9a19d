// SPDX-License-Identifier: Apache-2.0
#include "gtest/gtest.h"

#include "tests/unit/cri/engine_api/containers/routes_under_test.h"
#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

TEST(ContainerStreamRoutes, AnswerWithDockersCodes) {
  const ContainerRoutesUnderTest t;
  EXPECT_EQ(Ask(t.router, "POST", "/containers/web/attach?stdout=1").code, 404);
  EXPECT_EQ(Ask(t.router, "POST", "/containers/web/resize?h=1&w=1").code, 404);
  EXPECT_EQ(Ask(t.router, "GET", "/containers/web/logs").code, 400);
  EXPECT_EQ(Ask(t.router, "GET", "/containers/web/logs?stdout=1&since=x").code, 400);
  EXPECT_EQ(Ask(t.router, "GET", "/containers/web/logs?stdout=1").code, 404);
}

}  // namespace
}  // namespace berth::cri
