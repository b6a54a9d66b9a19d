// SPDX-License-Identifier: Apache-2.0
#include "runtime/state_gauges.h"

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

TEST(StateGauges, CountEachObjectInItsLatestStateOnly) {
  metrics::Metrics metrics;
  StateGauges gauges(metrics.pods);
  auto count = [&](const char* state) { return metrics.pods.Add({{"state", state}}).Value(); };
  gauges.Set("a", "starting");
  gauges.Set("b", "starting");
  gauges.Set("a", "ready");
  gauges.Set("a", "ready");
  EXPECT_EQ(count("starting"), 1);
  EXPECT_EQ(count("ready"), 1);
  gauges.Remove("a");
  gauges.Remove("a");
  gauges.Remove("unknown");
  EXPECT_EQ(count("ready"), 0);
  EXPECT_EQ(count("starting"), 1);
}

}  // namespace
}  // namespace berth::runtime
