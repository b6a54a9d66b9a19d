// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_json.h"

#include "gtest/gtest.h"

namespace berth::cri {
namespace {

EngineContainerRecord Record() {
  EngineContainerRecord record;
  record.id = "c1";
  record.name = "web";
  record.config = {{"Image", "busybox"}, {"Entrypoint", {"sh"}}, {"Cmd", {"-c", "x"}}};
  record.host_config = {{"Binds", {"/s:/d:ro"}}};
  record.state.status = EngineStatus::kRunning;
  record.state.started_at = 1'000'000'000;
  return record;
}

TEST(ContainerJson, Details) {
  const Json details = ContainerDetails(Record(), {.log_path = "/l",
                                                   .etc = "/pods/p1",
                                                   .pid = 5,
                                                   .networks = {{"Ports", {}}},
                                                   .ports = {},
                                                   .mounts = {{{"RW", false}}}});
  EXPECT_EQ(details["Name"], "/web");
  EXPECT_EQ(details["Path"], "sh");
  EXPECT_EQ(details["Args"], Json::array({"-c", "x"}));
  EXPECT_EQ(details["State"]["Pid"], 5);
  EXPECT_EQ(details["State"]["StartedAt"], "1970-01-01T00:00:01.000000000Z");
  EXPECT_EQ(details["HostConfig"]["RestartPolicy"]["Name"], "no");
  EXPECT_TRUE(details["NetworkSettings"].contains("Ports"));
  EXPECT_EQ(details["Mounts"][0]["RW"], false);
  EXPECT_EQ(details["HostsPath"], "/pods/p1/hosts");
  EXPECT_EQ(ContainerDetails(Record(), {})["HostsPath"], "");
  EXPECT_EQ(details["ExecIDs"], nullptr);
}

TEST(ContainerJson, TellsWhatIsInForce) {
  const Json told = ContainerDetails(Record(), {})["HostConfig"];
  EXPECT_EQ(told["LogConfig"], Json({{"Type", "json-file"}, {"Config", Json::object()}}));
  EXPECT_EQ(told["NetworkMode"], "bridge");
  EXPECT_EQ(told["CgroupnsMode"], "private");
  EXPECT_EQ(told["ShmSize"], 67108864);
  EXPECT_EQ(told["Runtime"], "berth");
  EXPECT_EQ(told["Binds"], Json::array({"/s:/d:ro"}));
  EXPECT_FALSE(told["MaskedPaths"].empty());
  EXPECT_FALSE(told["ReadonlyPaths"].empty());
  EXPECT_FALSE(told.contains("MemorySwap"));
}

TEST(ContainerJson, KeepsWhatWasSaid) {
  EngineContainerRecord record = Record();
  const Json limits = {{"max-file", "2"}, {"max-size", "1m"}};
  record.host_config = {{"LogConfig", {{"Type", ""}, {"Config", limits}}},
                        {"Memory", 64},
                        {"MemorySwap", 0},
                        {"MaskedPaths", Json::array()},
                        {"NetworkMode", "host"},
                        {"CgroupnsMode", "host"},
                        {"ShmSize", 4096},
                        {"Runtime", "runc"}};
  Json told = ContainerDetails(record, {})["HostConfig"];
  EXPECT_EQ(told["LogConfig"], Json({{"Type", "json-file"}, {"Config", limits}}));
  EXPECT_EQ(told["MemorySwap"], 128);
  EXPECT_EQ(told["MaskedPaths"], Json::array());
  EXPECT_EQ(told["NetworkMode"], "host");
  EXPECT_EQ(told["CgroupnsMode"], "host");
  EXPECT_EQ(told["ShmSize"], 4096);
  EXPECT_EQ(told["Runtime"], "runc");
  record.host_config = {{"Privileged", true}, {"Memory", 64}, {"MemorySwap", -1}};
  told = ContainerDetails(record, {})["HostConfig"];
  EXPECT_FALSE(told.contains("MaskedPaths"));
  EXPECT_EQ(told["MemorySwap"], -1);
}

TEST(ContainerJson, SummaryAndStatus) {
  EngineContainerRecord record = Record();
  const absl::Time now = absl::FromUnixSeconds(64);
  EXPECT_EQ(ContainerSummary(record, {}, now)["Status"], "Up About a minute");
  record.state.status = EngineStatus::kPaused;
  EXPECT_EQ(StatusText(record.state, now), "Up About a minute (Paused)");
  record.state.status = EngineStatus::kExited;
  record.state.exit_code = 3;
  record.state.finished_at = 1'000'000'000;
  EXPECT_EQ(StatusText(record.state, absl::FromUnixSeconds(7201)), "Exited (3) 2 hours ago");
  EXPECT_EQ(StatusText(EngineState(), now), "Created");
  record.state.status = EngineStatus::kDead;
  EXPECT_EQ(StatusText(record.state, now), "Dead");
  EXPECT_EQ(ContainerDetails(record, {})["State"]["Dead"], true);
}

}  // namespace
}  // namespace berth::cri
