// SPDX-License-Identifier: Apache-2.0
#include "gtest/gtest.h"

#include "cri/engine_api/routes.h"
#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

TEST(EventRoutes, ReplayWhatHasHappenedBetweenTwoMoments) {
  EventHub events;
  Router router;
  AddEventRoutes(router, events);
  for (const int64_t second : {1, 2, 3, 4}) {
    events.Tell({"container", "start", "c" + std::to_string(second), {}, second * 1'000'000'000});
  }
  const FakeExchange told = Ask(router, "GET", "/events?since=1.5&until=3.0");
  EXPECT_EQ(told.code, 200);
  EXPECT_EQ(told.text.find("\"c1\""), std::string::npos);
  EXPECT_NE(told.text.find("\"c2\""), std::string::npos);
  EXPECT_NE(told.text.find("\"c3\""), std::string::npos);
  EXPECT_EQ(told.text.find("\"c4\""), std::string::npos);
  EXPECT_EQ(Ask(router, "GET", "/events?until=3").text, "");  // nothing is replayed
}

TEST(EventRoutes, RefuseNonsense) {
  EventHub events;
  Router router;
  AddEventRoutes(router, events);
  EXPECT_EQ(Ask(router, "GET", "/events?since=x").code, 400);
  EXPECT_EQ(Ask(router, "GET", "/events?since=2&until=1").message(),
            "`since` time (2) cannot be after `until` time (1)");
  EXPECT_EQ(Ask(router, "GET", "/events?filters={\"colour\":[]}").code, 400);
}

}  // namespace
}  // namespace berth::cri
