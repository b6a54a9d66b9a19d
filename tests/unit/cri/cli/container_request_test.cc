// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/container_request.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cli {
namespace {

RunSurroundings Surroundings() {
  RunSurroundings surroundings;
  surroundings.working_directory = "/home/me";
  surroundings.environment = [](const std::string& name) {
    return name == "SET" ? std::optional<std::string>("here") : std::nullopt;
  };
  return surroundings;
}

berth::Json Request(const RunOptions& options) {
  const absl::StatusOr<berth::Json> body = ContainerRequestOf(options, Surroundings());
  EXPECT_TRUE(body.ok()) << body.status();
  return body.value_or(berth::Json());
}

std::string Problem(const RunOptions& options) {
  return std::string(ContainerRequestOf(options, Surroundings()).status().message());
}

TEST(NeedsEngine, NamesTheOption) {
  RunOptions options;
  EXPECT_EQ(NeedsEngine(options), "");
  options.network = "host";
  options.ports = {"80:80"};
  options.volumes = {"/a:/b", "./c:/d", "../e:/f"};
  EXPECT_EQ(NeedsEngine(options), "");
  options.engine.read_operations = {"/dev/sda:1"};
  EXPECT_EQ(NeedsEngine(options), "--device-read-iops");
  options.engine.cpu_period = 0;
  EXPECT_EQ(NeedsEngine(options), "--cpu-period");
  options.engine.init = true;
  EXPECT_EQ(NeedsEngine(options), "--init");
  options.engine = {};
  options.engine.passes_signals = false;
  EXPECT_EQ(NeedsEngine(options), "--sig-proxy");
  options.engine = {};
  options.engine.device_rules = {"c 1:2 r"};
  EXPECT_EQ(NeedsEngine(options), "--device-cgroup-rule");
  options.engine.attached = {"stdout"};
  EXPECT_EQ(NeedsEngine(options), "--attach");
  options.engine = {};
  options.engine.health.retries = 3;
  EXPECT_EQ(NeedsEngine(options), "--health-retries");
  options.engine.restart = "always";
  EXPECT_EQ(NeedsEngine(options), "--restart");
  options.ports = {"127.0.0.1::80"};
  EXPECT_EQ(NeedsEngine(options), "-p");
  options.volumes.push_back("data:/d");
  EXPECT_EQ(NeedsEngine(options), "-v");
  options.network = "none";
  EXPECT_EQ(NeedsEngine(options), "--network");
}

TEST(ContainerRequest, HasTheProcess) {
  RunOptions options;
  options.image = "nginx";
  options.command = {"a", "b"};
  options.entrypoint = "";
  options.environment = {"A=1", "SET", "UNSET"};
  options.interactive = true;
  options.labels = {"k=v"};
  const berth::Json body = Request(options);
  EXPECT_EQ(body["Image"], "nginx");
  EXPECT_EQ(FormatJson(body["Cmd"]), R"(["a","b"])");
  EXPECT_EQ(FormatJson(body["Entrypoint"]), R"([""])");
  EXPECT_EQ(FormatJson(body["Env"]), R"(["A=1","SET=here"])");
  EXPECT_EQ(body["StdinOnce"], true);
  EXPECT_EQ(body["Labels"]["k"], "v");
  EXPECT_FALSE(body.contains("Healthcheck"));
}

TEST(ContainerRequest, HasMountsAndPorts) {
  RunOptions options;
  options.volumes = {"./a:/a:ro", "data:/d", "/anonymous"};
  options.engine.tmpfs = {"/t:size=1m"};
  options.ports = {"8000-8001:80-81", "127.0.0.1::53/udp"};
  options.engine.exposed = {"9"};
  const berth::Json body = Request(options);
  EXPECT_EQ(FormatJson(body["HostConfig"]["Binds"]), R"(["/home/me/a:/a:ro","data:/d"])");
  EXPECT_EQ(FormatJson(body["Volumes"]), R"({"/anonymous":{}})");
  EXPECT_EQ(body["HostConfig"]["Tmpfs"]["/t"], "size=1m");
  EXPECT_EQ(FormatJson(body["HostConfig"]["PortBindings"]),
            R"({"53/udp":[{"HostIp":"127.0.0.1","HostPort":""}],)"
            R"("80/tcp":[{"HostIp":"","HostPort":"8000"}],)"
            R"("81/tcp":[{"HostIp":"","HostPort":"8001"}]})");
  EXPECT_THAT(FormatJson(body["ExposedPorts"]), testing::HasSubstr(R"("9/tcp":{})"));
}

TEST(ContainerRequest, HasNetworkHealthAndLimits) {
  RunOptions options;
  options.network = "shop";
  options.engine.ip = "10.5.0.9";
  options.engine.health.command = "true";
  options.engine.health.interval = "5s";
  options.memory = "64m";
  options.engine.memory_swap = "-1";
  options.cpus = "1.5";
  options.engine.devices = {"/dev/fuse", "vendor.com/gpu=0"};
  options.engine.gpus = {"all"};
  options.remove = true;
  const berth::Json body = Request(options);
  const berth::Json& host = body["HostConfig"];
  EXPECT_EQ(host["NetworkMode"], "shop");
  EXPECT_EQ(body["NetworkingConfig"]["EndpointsConfig"]["shop"]["IPAMConfig"]["IPv4Address"],
            "10.5.0.9");
  EXPECT_EQ(FormatJson(body["Healthcheck"]),
            R"({"Interval":5000000000,"Test":["CMD-SHELL","true"]})");
  EXPECT_EQ(host["Memory"], 64 << 20);
  EXPECT_EQ(host["MemorySwap"], -1);
  EXPECT_EQ(host["NanoCpus"], 1'500'000'000);
  EXPECT_EQ(host["Devices"][0]["PathOnHost"], "/dev/fuse");
  EXPECT_EQ(host["DeviceRequests"][0]["DeviceIDs"][0], "vendor.com/gpu=0");
  EXPECT_EQ(host["AutoRemove"], true);
}

TEST(ContainerRequest, HasSeveralNetworks) {
  RunOptions options;
  options.network = "shop";
  options.engine.endpoint.aliases = {"a"};
  options.engine.network_aliases = {"b"};
  EXPECT_EQ(NeedsEngine(options), "--network");
  options.engine.networks = {{.name = "back", .endpoint = {.ip = "10.6.0.9"}}};
  EXPECT_EQ(FormatJson(Request(options)["NetworkingConfig"]["EndpointsConfig"]),
            R"({"back":{"IPAMConfig":{"IPv4Address":"10.6.0.9"}},"shop":{"Aliases":["a","b"]}})");
  options.engine.networks.push_back({.name = "shop"});
  EXPECT_THAT(Problem(options), testing::HasSubstr("specified multiple times"));
  options.engine.networks.clear();
  options.engine.ip = options.engine.endpoint.ip = "10.5.0.1";
  EXPECT_THAT(Problem(options), testing::HasSubstr("both --ip and that of --network"));
}

TEST(ContainerRequest, HasWhatGoesToTheHostAsItIs) {
  RunOptions options;
  EngineOptions& engine = options.engine;
  engine.cpu_quota = -1;
  engine.memory_reservation = "32m";
  engine.block_weight = 500;
  engine.read_bytes = {"/dev/sda:1m"};
  engine.write_operations = {"/dev/sda:100", "/dev/sdb:7"};
  engine.block_device_weights = {"/dev/sda:20"};
  engine.dns_options = {"ndots:2"};
  engine.cgroup_parent = "/shop";
  engine.oom_kill_disable = true;
  engine.mac = "02:42:0a:05:00:09";
  EXPECT_EQ(NeedsEngine(options), "--mac-address");
  engine.network_aliases = {"db"};
  const berth::Json body = Request(options);
  const berth::Json& host = body["HostConfig"];
  EXPECT_EQ(host["CpuQuota"], -1);
  EXPECT_EQ(host["MemoryReservation"], 32 << 20);
  EXPECT_EQ(host["BlkioWeight"], 500);
  EXPECT_EQ(FormatJson(host["BlkioDeviceReadBps"]), R"([{"Path":"/dev/sda","Rate":1048576}])");
  EXPECT_EQ(FormatJson(host["BlkioDeviceWriteIOps"]),
            R"([{"Path":"/dev/sda","Rate":100},{"Path":"/dev/sdb","Rate":7}])");
  EXPECT_EQ(FormatJson(host["BlkioWeightDevice"]), R"([{"Path":"/dev/sda","Weight":20}])");
  EXPECT_EQ(FormatJson(host["DnsOptions"]), R"(["ndots:2"])");
  EXPECT_EQ(host["CgroupParent"], "/shop");
  EXPECT_EQ(host["OomKillDisable"], true);
  EXPECT_FALSE(host.contains("MemorySwappiness"));
  EXPECT_EQ(body["NetworkingConfig"]["EndpointsConfig"]["default"]["MacAddress"],
            "02:42:0a:05:00:09");
}

TEST(ContainerRequest, SaysWhatIsWrong) {
  RunOptions options;
  options.labels = {"=v"};
  EXPECT_EQ(Problem(options), "--label =v: write KEY=VALUE");
  options.labels = {};
  options.environment = {"=v"};
  EXPECT_THAT(Problem(options), testing::HasSubstr("-e =v: write NAME=VALUE"));
  options.environment = {};
  options.engine.health.timeout = "never";
  EXPECT_THAT(Problem(options), testing::HasSubstr("--health-timeout never"));
  options.engine.health.timeout = {};
  options.engine.write_bytes = {"sda:1m"};
  EXPECT_THAT(Problem(options), testing::HasSubstr("--device-write-bps sda:1m: write PATH:SIZE"));
  options.engine.write_bytes = {};
  options.engine.block_device_weights = {"/dev/sda:1m"};
  EXPECT_THAT(Problem(options),
              testing::HasSubstr("--blkio-weight-device /dev/sda:1m: write PATH:NUMBER"));
}

TEST(UpdateRequest, HasWhatIsSaid) {
  RunOptions options;
  EXPECT_EQ(FormatJson(*UpdateRequestOf(options)), "{}");
  options.engine.restart = "always";
  options.engine.pids_limit = 7;
  EXPECT_EQ(FormatJson(*UpdateRequestOf(options)),
            R"({"PidsLimit":7,"RestartPolicy":{"MaximumRetryCount":0,"Name":"always"}})");
}

}  // namespace
}  // namespace berth::cli
