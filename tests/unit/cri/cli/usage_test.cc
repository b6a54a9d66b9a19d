// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/usage.h"

#include "gtest/gtest.h"

namespace berth::cli {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

v1::ListContainerStatsResponse Sample(const std::string& id, int64_t at, uint64_t cpu_ns) {
  v1::ListContainerStatsResponse response;
  v1::ContainerStats& stats = *response.add_stats();
  stats.mutable_attributes()->set_id(id);
  stats.mutable_attributes()->mutable_metadata()->set_name("web");
  stats.mutable_cpu()->set_timestamp(at);
  stats.mutable_cpu()->mutable_usage_core_nano_seconds()->set_value(cpu_ns);
  stats.mutable_memory()->mutable_working_set_bytes()->set_value(25);
  return response;
}

TEST(UsageBetween, IsThePartOfACpuInTheTimeBetween) {
  const std::vector<Usage> usages =
      UsageBetween(Sample("a", 0, 0), Sample("a", 2 * kSecond, kSecond), {}, {}, 100);
  ASSERT_EQ(usages.size(), 1U);
  EXPECT_DOUBLE_EQ(usages[0].cpu_percent, 50);
  EXPECT_EQ(usages[0].name, "web");
  EXPECT_DOUBLE_EQ(MemoryPercent(usages[0]), 25);
}

TEST(UsageBetween, TakesTheLimitFromWhatIsLeft) {
  v1::ListContainerStatsResponse now = Sample("a", kSecond, 0);
  now.mutable_stats(0)->mutable_memory()->mutable_available_bytes()->set_value(25);
  EXPECT_EQ(UsageBetween(Sample("a", 0, 0), now, {}, {}, 100)[0].memory_limit, 50U);
}

TEST(UsageBetween, LeavesOutWhatIsNotWantedOrNew) {
  EXPECT_TRUE(UsageBetween(Sample("a", 0, 0), Sample("b", 1, 0), {}, {}, 100).empty());
  EXPECT_TRUE(UsageBetween(Sample("a", 0, 0), Sample("a", 1, 0), {}, {"b"}, 100).empty());
}

TEST(EngineStats, LeavesOutFilesThatCanBeGivenUp) {
  const v1::ContainerStats stats = EngineStats(
      {{"id", "e1"},
       {"name", "/web"},
       {"read", "1970-01-01T00:00:02Z"},
       {"cpu_stats", {{"cpu_usage", {{"total_usage", 7}}}}},
       {"memory_stats", {{"usage", 100}, {"limit", 1000}, {"stats", {{"inactive_file", 40}}}}}});
  EXPECT_EQ(stats.attributes().id(), "e1");
  EXPECT_EQ(stats.attributes().metadata().name(), "web");
  EXPECT_EQ(stats.cpu().timestamp(), 2 * kSecond);
  EXPECT_EQ(stats.cpu().usage_core_nano_seconds().value(), 7U);
  EXPECT_EQ(stats.memory().working_set_bytes().value(), 60U);
  EXPECT_EQ(stats.memory().available_bytes().value(), 940U);
  EXPECT_FALSE(EngineStats(berth::Json::object()).memory().has_available_bytes());
}

TEST(UsageBetween, NeverIsNegative) {
  EXPECT_EQ(UsageBetween(Sample("a", 5, 9), Sample("a", 5, 0), {}, {}, 0)[0].cpu_percent, 0);
  EXPECT_EQ(MemoryPercent(UsageBetween(Sample("a", 5, 9), Sample("a", 5, 0), {}, {}, 0)[0]), 0);
}

}  // namespace
}  // namespace berth::cli
