// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/stats/stats_routes.h"

#include <unistd.h>

#include "gtest/gtest.h"

#include "tests/unit/cri/engine_api/execs/execs_under_test.h"
#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

struct StatsUnderTest : ExecsUnderTest {
  StatsUnderTest() { AddStatsRoutes(router, *engine, runtime, events); }

  Router router;
};

TEST(StatsRoutes, OneShotOfARunningContainer) {
  StatsUnderTest t;
  t.runtime.figures["c1"].cgroup.stats.cpu_usage_ns = 77;
  const FakeExchange told = Ask(t.router, "GET", "/containers/web/stats?stream=0&one-shot=1");
  EXPECT_EQ(told.json()["cpu_stats"]["cpu_usage"]["total_usage"], 77);
  EXPECT_GT(told.json()["cpu_stats"]["system_cpu_usage"], 0);
  EXPECT_EQ(Ask(t.router, "GET", "/containers/none/stats").code, 404);
}

TEST(StatsRoutes, WhatCannotBeCountedHasItsNameOnly) {
  StatsUnderTest t;
  EXPECT_EQ(Ask(t.router, "GET", "/containers/web/stats?stream=0&one-shot=1").json(),
            (Json{{"id", "c1"}, {"name", "/web"}}));
}

TEST(StatsRoutes, TopAsksThePsOfTheNode) {
  StatsUnderTest t;
  t.runtime.processes["c1"] = {getpid()};
  const FakeExchange told = Ask(t.router, "GET", "/containers/web/top?ps_args=-o%20pid,comm");
  EXPECT_EQ(told.code, 200) << told.text;
  EXPECT_EQ(told.json()["Titles"], Json::array({"PID", "COMMAND"}));
  EXPECT_EQ(told.json()["Processes"].size(), 1u);
  const std::vector<EngineEvent> events = t.events.Take(Call(), 0)->events;
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.back().action, "top");
  EXPECT_EQ(events.back().actor, "c1");
  EXPECT_EQ(Ask(t.router, "GET", "/containers/web/top?ps_args=--nonsense").code, 400);
}

}  // namespace
}  // namespace berth::cri
