// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/container_view.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const berth::Json kImage = {
    {"imageSpec", {{"config", {{"Entrypoint", {"/init"}}, {"Cmd", {"serve"}}}}}}};

berth::Json Asked(const berth::Json& config) {
  return {{"config", config}};
}

TEST(CommandIn, MergesAsCriDoes) {
  EXPECT_THAT(CommandIn(berth::Json::object(), kImage), ElementsAre("/init", "serve"));
  EXPECT_THAT(CommandIn(Asked({{"args", {"x"}}}), kImage), ElementsAre("/init", "x"));
  EXPECT_THAT(CommandIn(Asked({{"command", {"sh"}}}), kImage), ElementsAre("sh"));
  EXPECT_THAT(CommandIn(Asked({{"command", {"sh"}}, {"args", {"-c"}}}), kImage),
              ElementsAre("sh", "-c"));
}

TEST(CommandIn, IsEmptyWhereNothingIsKnown) {
  EXPECT_THAT(CommandIn(berth::Json(), berth::Json()), IsEmpty());
  EXPECT_THAT(CommandIn("no object", berth::Json::array()), IsEmpty());
}

TEST(EngineView, ShowsAContainerOfDockersClients) {
  const berth::Json details = {
      {"Id", "abc"},
      {"Name", "/web"},
      {"Image", "sha256:1"},
      {"Created", "2024-05-01T10:00:00Z"},
      {"Path", "sh"},
      {"Args", {"-c", "true"}},
      {"Config", {{"Image", "docker.io/library/busybox:latest"}, {"Labels", {{"a", "b"}}}}},
      {"State",
       {{"Status", "paused"},
        {"Paused", true},
        {"StartedAt", "2024-05-01T10:00:01Z"},
        {"FinishedAt", "0001-01-01T00:00:00Z"},
        {"ExitCode", 3}}},
      {"NetworkSettings",
       {{"Ports",
         {{"53/udp", {{{"HostIp", "::1"}, {"HostPort", "5353"}}}}, {"80/tcp", nullptr}}}}}};
  const ContainerView view = EngineViewOf(details);
  EXPECT_EQ(view.id, "abc");
  EXPECT_EQ(view.name, "web");
  EXPECT_EQ(view.image, "busybox:latest");
  EXPECT_EQ(view.image_id, "sha256:1");
  EXPECT_THAT(view.command, ElementsAre("sh", "-c", "true"));
  EXPECT_TRUE(view.paused);
  EXPECT_EQ(view.status.state(), v1::CONTAINER_RUNNING);
  EXPECT_EQ(view.status.started_at(), 1'714'557'601'000'000'000);
  EXPECT_EQ(view.status.finished_at(), 0);
  EXPECT_EQ(view.status.exit_code(), 3);
  EXPECT_EQ(view.status.labels().at("a"), "b");
  ASSERT_EQ(view.ports.size(), 2U);
  EXPECT_EQ(view.ports[0].host_port(), 5353);
  EXPECT_EQ(view.ports[0].protocol(), v1::UDP);
  EXPECT_EQ(view.ports[1].container_port(), 80);
  EXPECT_EQ(view.ports[1].host_port(), 0);
}

TEST(EngineView, SaysHowHealthyAContainerIs) {
  const auto said = [](const char* status, const berth::Json& health) {
    const berth::Json state = {
        {"Status", status}, {"StartedAt", "2024-05-01T10:00:00Z"}, {"Health", health}};
    return StatusOf(EngineViewOf({{"Id", "abc"}, {"State", state}}),
                    absl::FromUnixSeconds(1'714'557'602));
  };
  EXPECT_EQ(said("running", {{"Status", "healthy"}}), "Up 2 seconds (healthy)");
  EXPECT_EQ(said("running", {{"Status", "unhealthy"}}), "Up 2 seconds (unhealthy)");
  EXPECT_EQ(said("running", {{"Status", "starting"}}), "Up 2 seconds (health: starting)");
  EXPECT_EQ(said("running", {{"Status", "none"}}), "Up 2 seconds");
  EXPECT_EQ(said("running", nullptr), "Up 2 seconds");
  EXPECT_EQ(said("created", {{"Status", "healthy"}}), "Created");
}

TEST(PortsIn, ReadsThePodsConfiguration) {
  const berth::Json port = {{"containerPort", 80}, {"hostPort", 8080}, {"protocol", "UDP"}};
  const std::vector<v1::PortMapping> ports =
      PortsIn(Asked({{"portMappings", berth::Json::array({port})}}));
  ASSERT_EQ(ports.size(), 1U);
  EXPECT_EQ(ports[0].container_port(), 80);
  EXPECT_EQ(ports[0].host_port(), 8080);
  EXPECT_EQ(ports[0].protocol(), v1::UDP);
  EXPECT_THAT(PortsIn(berth::Json::object()), IsEmpty());
}

}  // namespace
}  // namespace berth::cli
