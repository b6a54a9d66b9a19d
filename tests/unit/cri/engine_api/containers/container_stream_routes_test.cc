// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/file_tree.h"
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

// Of a client that has gone.
struct GoneExchange : FakeExchange {
  using FakeExchange::FakeExchange;
  const Call& call() const override { return gone; }
  const Call gone{absl::InfiniteFuture(), [] { return true; }};
};

TEST(ContainerStreamRoutes, NoLogIsReadForAClientThatHasGone) {
  ContainerRoutesUnderTest t;
  const absl::StatusOr<std::string> id = t.Create("web", Json::object());
  ASSERT_TRUE(id.ok()) << id.status();
  const std::string log = "2026-01-02T03:04:05Z stdout F a\n";
  test::WriteFile(t.engine->LogPath(*id), log + log);
  EXPECT_EQ(Ask(t.router, "GET", "/containers/web/logs?stdout=1&tail=1").text.size(), 8 + 2u);
  GoneExchange exchange("GET", "/containers/web/logs?stdout=1&tail=1");
  t.router.Serve(exchange);
  EXPECT_THAT(exchange.text, ::testing::HasSubstr("the caller has gone away"));
}

}  // namespace
}  // namespace berth::cri
