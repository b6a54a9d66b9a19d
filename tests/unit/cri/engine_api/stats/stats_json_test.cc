// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/stats/stats_json.h"

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

TEST(NodeCpu, IsTheSumOfTheFirstLine) {
  const NodeCpu cpu =
      ParseNodeCpu("cpu  1 2 3 4 5 6 7 8 100 100\ncpu0 1 1 1\ncpu1 1 1 1\nintr 9\n", 100).value();
  EXPECT_EQ(cpu.busy_and_idle_ns, 36u * 10'000'000);
  EXPECT_EQ(cpu.online, 2u);
  EXPECT_THAT(ParseNodeCpu("intr 9\n", 100), test::StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(ParseNodeCpu("cpu  x\n", 100), test::StatusIs(absl::StatusCode::kDataLoss));
}

StatsSample Sample(uint64_t cpu) {
  StatsSample sample;
  sample.at = 1'000'000'000;
  sample.node = {5000, 2};
  sample.figures.cgroup.stats.cpu_usage_ns = cpu;
  sample.figures.cgroup.stats.memory_usage = 100;
  sample.figures.cgroup.stats.memory_stat = "anon 60\ninactive_file 30\nodd x\n";
  sample.figures.cgroup.stats.pids = 3;
  sample.figures.cgroup.devices = {{8, 0, 10, 20, 1, 2}};
  sample.node_memory = 1000;
  sample.network.emplace();
  sample.network->interfaces = {{"eth0", 1, 2, 3, 4, 5, 6, 7, 8}};
  return sample;
}

TEST(Stats, HaveWhatClientsReckonWith) {
  const Json json = StatsOf("c1", "web", Sample(10), Sample(30));
  EXPECT_EQ(json["name"], "/web");
  EXPECT_EQ(json["cpu_stats"]["cpu_usage"]["total_usage"], 30);
  EXPECT_EQ(json["precpu_stats"]["cpu_usage"]["total_usage"], 10);
  EXPECT_EQ(json["cpu_stats"]["system_cpu_usage"], 5000);
  EXPECT_EQ(json["cpu_stats"]["online_cpus"], 2);
  EXPECT_EQ(json["memory_stats"]["usage"], 100);
  EXPECT_EQ(json["memory_stats"]["limit"], 1000);
  EXPECT_EQ(json["memory_stats"]["stats"], (Json{{"anon", 60}, {"inactive_file", 30}}));
  EXPECT_EQ(json["pids_stats"]["current"], 3);
  EXPECT_EQ(json["networks"]["eth0"]["rx_bytes"], 1);
  EXPECT_EQ(json["networks"]["eth0"]["tx_dropped"], 8);
  EXPECT_EQ(json["blkio_stats"]["io_service_bytes_recursive"][1]["value"], 20);
  EXPECT_EQ(json["blkio_stats"]["io_service_bytes_recursive"][1]["op"], "write");
}

TEST(Stats, OfTheFirstSampleHaveNoneBefore) {
  StatsSample first = Sample(10);
  first.figures.cgroup.stats.memory_limit = 500;
  first.network.reset();
  const Json json = StatsOf("c1", "web", std::nullopt, first);
  EXPECT_EQ(json["precpu_stats"]["cpu_usage"]["total_usage"], 0);
  EXPECT_EQ(json["preread"], "0001-01-01T00:00:00Z");
  EXPECT_EQ(json["memory_stats"]["limit"], 500);
  EXPECT_FALSE(json.contains("networks"));
}

TEST(Stats, OfWhatDoesNotRunAreItsName) {
  EXPECT_EQ(StatsOf("c1", "web", std::nullopt, std::nullopt),
            (Json{{"id", "c1"}, {"name", "/web"}}));
}

}  // namespace
}  // namespace berth::cri
