// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/usage.h"

#include "gtest/gtest.h"

namespace berth::cli {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

UsageSample Sample(const std::string& id, int64_t at, uint64_t cpu_ns) {
  UsageSample sample;
  v1::ContainerStats& stats = *sample.containers.add_stats();
  stats.mutable_attributes()->set_id(id);
  stats.mutable_attributes()->mutable_metadata()->set_name("web");
  stats.mutable_cpu()->set_timestamp(at);
  stats.mutable_cpu()->mutable_usage_core_nano_seconds()->set_value(cpu_ns);
  stats.mutable_memory()->mutable_working_set_bytes()->set_value(25);
  return sample;
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
  UsageSample now = Sample("a", kSecond, 0);
  now.containers.mutable_stats(0)->mutable_memory()->mutable_available_bytes()->set_value(25);
  EXPECT_EQ(UsageBetween(Sample("a", 0, 0), now, {}, {}, 100)[0].memory_limit, 50U);
}

TEST(UsageBetween, HasTheTrafficOfThePodWhereItIsInOne) {
  Inventory inventory;
  v1::Container& container = inventory.containers.emplace_back();
  container.set_id("a");
  container.set_pod_sandbox_id("p");
  UsageSample now = Sample("a", kSecond, 0);
  now.traffic["p"].received = 7;
  EXPECT_EQ(UsageBetween(Sample("a", 0, 0), now, inventory, {}, 0)[0].traffic.received, 7U);
  now.traffic["a"].received = 8;
  EXPECT_EQ(UsageBetween(Sample("a", 0, 0), now, {}, {}, 0)[0].traffic.received, 8U);
}

TEST(UsageBetween, LeavesOutWhatIsNotWantedOrNew) {
  EXPECT_TRUE(UsageBetween(Sample("a", 0, 0), Sample("b", 1, 0), {}, {}, 100).empty());
  EXPECT_TRUE(UsageBetween(Sample("a", 0, 0), Sample("a", 1, 0), {}, {"b"}, 100).empty());
}

TEST(AddEngineStats, LeavesOutFilesThatCanBeGivenUp) {
  UsageSample sample;
  AddEngineStats(
      {{"id", "e1"},
       {"name", "/web"},
       {"read", "1970-01-01T00:00:02Z"},
       {"cpu_stats", {{"cpu_usage", {{"total_usage", 7}}}}},
       {"memory_stats", {{"usage", 100}, {"limit", 1000}, {"stats", {{"inactive_file", 40}}}}},
       {"networks", {{"eth0", {{"rx_bytes", 1}, {"tx_bytes", 2}}}, {"eth1", {{"rx_bytes", 10}}}}},
       {"blkio_stats",
        {{"io_service_bytes_recursive",
          {{{"op", "Read"}, {"value", 5}}, {{"op", "write"}, {"value", 6}}}}}},
       {"pids_stats", {{"current", 3}}}},
      sample);
  const v1::ContainerStats& stats = sample.containers.stats(0);
  EXPECT_EQ(stats.attributes().id(), "e1");
  EXPECT_EQ(stats.attributes().metadata().name(), "web");
  EXPECT_EQ(stats.cpu().timestamp(), 2 * kSecond);
  EXPECT_EQ(stats.cpu().usage_core_nano_seconds().value(), 7U);
  EXPECT_EQ(stats.memory().working_set_bytes().value(), 60U);
  EXPECT_EQ(stats.memory().available_bytes().value(), 940U);
  EXPECT_EQ(sample.traffic["e1"].received, 11U);
  EXPECT_EQ(sample.traffic["e1"].sent, 2U);
  EXPECT_EQ(sample.traffic["e1"].read_blocks, 5U);
  EXPECT_EQ(sample.traffic["e1"].wrote_blocks, 6U);
  EXPECT_EQ(sample.traffic["e1"].processes, 3U);
  AddEngineStats(berth::Json::object(), sample);
  EXPECT_FALSE(sample.containers.stats(1).memory().has_available_bytes());
}

TEST(UsageBetween, NeverIsNegative) {
  EXPECT_EQ(UsageBetween(Sample("a", 5, 9), Sample("a", 5, 0), {}, {}, 0)[0].cpu_percent, 0);
  EXPECT_EQ(MemoryPercent(UsageBetween(Sample("a", 5, 9), Sample("a", 5, 0), {}, {}, 0)[0]), 0);
}

}  // namespace
}  // namespace berth::cli
