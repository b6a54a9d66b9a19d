// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_recipe.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

EngineContainerRecord Container() {
  EngineContainerRecord record;
  record.id = std::string(64, 'a');
  record.name = "web";
  record.config = {{"Image", "app:1"}, {"Cmd", {"serve"}}, {"Hostname", "aaaaaaaaaaaa"}};
  record.host_config = {{"Memory", 1 << 20}};
  return record;
}

TEST(ContainerRecipe, IsTheRequestAgain) {
  const absl::StatusOr<std::string> text = FormatRecipe(Container(), Json::object());
  ASSERT_TRUE(text.ok()) << text.status();
  const absl::StatusOr<Json> body = ParseRecipe(*text, "web:moved");
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(*body, Json({{"Name", "web"},
                         {"Image", "web:moved"},
                         {"Cmd", {"serve"}},
                         {"HostConfig", {{"Memory", 1 << 20}}}}));
}

TEST(ContainerRecipe, KeepsAHostnameThatWasGiven) {
  EngineContainerRecord record = Container();
  record.config["Hostname"] = "web.example";
  EXPECT_THAT(*FormatRecipe(record, Json::object()), HasSubstr(R"("Hostname":"web.example")"));
}

TEST(ContainerRecipe, KeepsWhatWasAskedOfNetworksOfPeople) {
  const Json networks = {{"bridge", {{"Aliases", {"x"}}, {"IPAddress", "172.17.0.2"}}},
                         {"back",
                          {{"Aliases", {"db", "store"}},
                           {"IPAMConfig", {{"IPv4Address", "10.9.0.7"}}},
                           {"GwPriority", 0},
                           {"Links", nullptr},
                           {"IPAddress", "10.9.0.7"},
                           {"NetworkID", "n1"}}},
                         {"front", {{"IPAMConfig", Json::object()}, {"IPAddress", "10.8.0.3"}}}};
  const auto body = ParseRecipe(*FormatRecipe(Container(), networks), "web:moved");
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(
      (*body)["NetworkingConfig"]["EndpointsConfig"],
      Json({{"back", {{"Aliases", {"db", "store"}}, {"IPAMConfig", {{"IPv4Address", "10.9.0.7"}}}}},
            {"front", Json::object()}}));
}

TEST(ContainerRecipe, HasALimit) {
  EngineContainerRecord record = Container();
  record.config["Labels"] = {{"long", std::string(kMaxRecipe, 'x')}};
  EXPECT_EQ(FormatRecipe(record, Json::object()).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(ContainerRecipe, HasNoAddress) {
  const absl::StatusOr<Json> body =
      ParseRecipe(R"({"Cmd":["serve"],"MacAddress":"02:00:00:00:00:01"})", "web:1");
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(*body, Json({{"Image", "web:1"}, {"Cmd", {"serve"}}}));
}

TEST(ContainerRecipe, NonsenseIsRefused) {
  for (const std::string text : {"", "7", "[]", "{", "null"}) {
    const absl::Status status = ParseRecipe(text, "web:1").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(status.message(), HasSubstr("web:1"));
  }
  EXPECT_FALSE(ParseRecipe(std::string(kMaxRecipe + 1, ' '), "web:1").ok());
}

TEST(ContainerRecipe, WhatStaysInTheContainerAsksForNothing) {
  EXPECT_THAT(RightsAsked(Json::object()), IsEmpty());
  const Json body = {
      {"Binds", nullptr},
      {"CapDrop", {"ALL"}},
      {"CgroupnsMode", "private"},
      {"IpcMode", "shareable"},
      {"LogConfig", {{"Type", "json-file"}}},
      {"MaskedPaths", nullptr},
      {"Memory", 1 << 20},
      {"Mounts", {{{"Type", "tmpfs"}, {"Target", "/t"}}, {{"Type", "volume"}, {"Target", "/v"}}}},
      {"NetworkMode", "default"},
      {"OomScoreAdj", 500},
      {"PortBindings", {{"80/tcp", {{{"HostPort", "8080"}}}}}},
      {"Privileged", false},
      {"SecurityOpt", {"no-new-privileges"}}};
  EXPECT_THAT(RightsAsked({{"HostConfig", body}}), IsEmpty());
}

TEST(ContainerRecipe, WhatReachesTheNodeIsNamed) {
  const struct {
    const char* field;
    Json value;
  } kCases[] = {{"Binds", {"/etc:/etc"}},
                {"Binds", {"data:/data"}},
                {"CapAdd", {"SYS_ADMIN"}},
                {"CgroupParent", "/system.slice"},
                {"Devices", {{{"PathOnHost", "/dev/mem"}}}},
                {"IpcMode", "host"},
                {"Links", {"db:db"}},
                {"MaskedPaths", {"/proc/acpi"}},
                {"MaskedPaths", Json::array()},
                {"ReadonlyPaths", Json::array()},
                {"ReadonlyPaths", ""},
                {"Mounts", {{{"Type", "bind"}, {"Source", "/"}, {"Target", "/h"}}}},
                {"Mounts", {{{"Type", "volume"}, {"Source", "data"}, {"Target", "/v"}}}},
                {"Mounts", {{{"Type", "image"}, {"Source", "data:1"}, {"Target", "/v"}}}},
                {"Mounts", "/"},
                {"NetworkMode", "container:db"},
                {"NetworkMode", 7},
                {"OomScoreAdj", -1000},
                {"PidMode", "host"},
                {"Privileged", true},
                {"SecurityOpt", {"no-new-privileges", "seccomp=unconfined"}},
                {"SomethingNew", 1},
                {"VolumesFrom", {"db"}}};
  for (const auto& each : kCases) {
    EXPECT_THAT(RightsAsked({{"HostConfig", {{each.field, each.value}}}}), ElementsAre(each.field))
        << each.value;
  }
  EXPECT_THAT(RightsAsked({{"NetworkingConfig", {{"EndpointsConfig", {{"back", nullptr}}}}}}),
              ElementsAre("NetworkingConfig"));
}

}  // namespace
}  // namespace berth::cri
