// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "cri/engine_api/containers/stream_pump.h"
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

TEST(ContainerStreamRoutes, EachPieceOfALogIsInAFrame) {
  ContainerRoutesUnderTest t;
  const Json logged = {{"LogConfig", {{"Type", "local"}, {"Config", {{"tag", "x"}}}}}};
  const absl::StatusOr<std::string> id = t.Create("web", logged);
  ASSERT_TRUE(id.ok()) << id.status();
  test::WriteFile(t.engine->LogPath(*id),
                  "2026-01-02T03:04:05Z stdout P a\n2026-01-02T03:04:06Z stdout F b\n"
                  "2026-01-02T03:04:07Z stderr F c\n");
  const std::string whole = "/containers/web/logs?stdout=1&stderr=1&details=1&timestamps=1";
  const std::string out = FrameHead(OutputStream::kOut, 28) + "2026-01-02T03:04:05Z tag=x a" +
                          FrameHead(OutputStream::kOut, 2) + "b\n";
  EXPECT_EQ(Ask(t.router, "GET", whole).text,
            out + FrameHead(OutputStream::kError, 29) + "2026-01-02T03:04:07Z tag=x c\n");
  EXPECT_EQ(Ask(t.router, "GET", whole + "&until=2026-01-02T03:04:06Z").text, out);
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
