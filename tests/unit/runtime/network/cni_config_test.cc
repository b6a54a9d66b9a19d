// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/cni_config.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(CniConfig, ReadsAList) {
  auto network = ParseNetworkConfig(R"({
    "cniVersion": "1.0.0", "name": "pods", "disableCheck": true, "disableGC": "TRUE",
    "loadOnlyInlinedPlugins": "false",
    "plugins": [
      {"type": "bridge", "bridge": "b0", "ipam": {"type": "host-local"}},
      {"type": "portmap", "capabilities": {"portMappings": true, "dns": false, "x": "true"}}]})");
  ASSERT_TRUE(network.ok()) << network.status();
  EXPECT_EQ(network->name, "pods");
  EXPECT_EQ(network->version, kCni100);
  EXPECT_TRUE(network->disable_check);
  EXPECT_TRUE(network->disable_gc);
  EXPECT_FALSE(network->load_only_inlined_plugins);
  ASSERT_EQ(network->plugins.size(), 2u);
  EXPECT_EQ(network->plugins[0].type, "bridge");
  EXPECT_EQ(network->plugins[0].object["ipam"]["type"], "host-local");
  EXPECT_THAT(network->plugins[1].capabilities, ElementsAre("portMappings"));
}

TEST(CniConfig, MakesAListOfOnePlugin) {
  auto network = ParseNetworkConfig(R"({"cniVersion": "0.3.1", "name": "n", "type": "ptp"})");
  ASSERT_TRUE(network.ok()) << network.status();
  EXPECT_EQ(network->version.str(), "0.3.1");
  ASSERT_EQ(network->plugins.size(), 1u);
  EXPECT_EQ(network->plugins[0].type, "ptp");
  EXPECT_TRUE(network->load_only_inlined_plugins);
}

TEST(CniConfig, TakesTheHighestVersionThatWeSpeak) {
  const struct {
    const char* versions;
    const char* chosen;
  } cases[] = {
      {R"("cniVersion": "0.4.0")", "0.4.0"},
      {R"("cniVersions": ["0.3.1", "1.1.0", "1.0.0"])", "1.1.0"},
      {R"("cniVersion": "1.0.0", "cniVersions": ["0.3.1", "9.0.0"])", "1.0.0"},
      {R"("cniVersion": "9.0.0", "cniVersions": ["0.4.0"])", "0.4.0"},
      {R"("x": 1)", "0.1.0"},
      {R"("cniVersion": "")", "0.1.0"},
  };
  for (const auto& c : cases) {
    auto network = ParseNetworkConfig(
        absl::StrCat("{\"name\": \"n\", \"plugins\": [{\"type\": \"t\"}], ", c.versions, "}"));
    ASSERT_TRUE(network.ok()) << c.versions << network.status();
    EXPECT_EQ(network->version.str(), c.chosen) << c.versions;
  }
}

TEST(CniConfig, RefusesWhatCannotBeUsed) {
  const struct {
    const char* text;
    const char* reason;
  } cases[] = {
      {"", "not valid JSON"},
      {"[]", "not a JSON object"},
      {"{}", "\"name\""},
      {R"({"name": "../up", "plugins": [{"type": "t"}]})", "\"name\""},
      {R"({"name": "a/b", "plugins": [{"type": "t"}]})", "\"name\""},
      {R"({"name": 7, "plugins": [{"type": "t"}]})", "\"name\""},
      {R"({"name": "n", "plugins": []})", "at least one"},
      {R"({"name": "n", "plugins": {}})", "at least one"},
      {R"({"name": "n", "plugins": [1]})", "not an object"},
      {R"({"name": "n", "plugins": [{}]})", "\"type\""},
      {R"({"name": "n", "plugins": [{"type": "../sh"}]})", "\"type\""},
      {R"({"name": "n", "plugins": [{"type": ".."}]})", "\"type\""},
      {R"({"name": "n", "loadOnlyInlinedPlugins": true})", "no plugins"},
      {R"({"name": "n", "disableGC": "yes", "plugins": [{"type": "t"}]})", "disableGC"},
      {R"({"name": "n", "disableCheck": 1, "plugins": [{"type": "t"}]})", "disableCheck"},
      {R"({"name": "n", "cniVersion": 1, "plugins": [{"type": "t"}]})", "not a string"},
      {R"({"name": "n", "cniVersion": "x", "plugins": [{"type": "t"}]})", "malformed"},
      {R"({"name": "n", "cniVersion": "1.2.0", "plugins": [{"type": "t"}]})", "speaks"},
      {R"({"name": "n", "cniVersions": "1.0.0", "plugins": [{"type": "t"}]})", "not a list"},
      {R"({"name": "n", "cniVersions": [], "cniVersion": "2.0.0", "type": "t"})", "speaks"},
  };
  for (const auto& c : cases) {
    auto network = ParseNetworkConfig(c.text);
    EXPECT_TRUE(absl::IsInvalidArgument(network.status())) << c.text;
    EXPECT_THAT(std::string(network.status().message()), HasSubstr(c.reason)) << c.text;
  }
}

TEST(CniConfig, BoundsSizeDepthAndNumber) {
  const std::string name(kMaxNetworkName + 1, 'n');
  EXPECT_FALSE(
      ParseNetworkConfig(absl::StrCat("{\"name\": \"", name, "\", \"type\": \"t\"}")).ok());
  std::string many = R"({"name": "n", "plugins": [{"type": "t"})";
  for (size_t i = 0; i < kMaxPlugins; ++i) {
    many += R"(, {"type": "t"})";
  }
  EXPECT_FALSE(ParseNetworkConfig(many + "]}").ok());
  EXPECT_FALSE(ParseNetworkConfig(std::string(100000, '[')).ok());
  EXPECT_FALSE(ParseNetworkConfig(std::string(kMaxNetworkConfig + 1, ' ')).ok());
}

TEST(CniConfig, AListMayLeaveItsPluginsToTheFolder) {
  auto network = ParseNetworkConfig(R"({"cniVersion": "1.1.0", "name": "n"})");
  ASSERT_TRUE(network.ok()) << network.status();
  EXPECT_TRUE(network->plugins.empty());
  auto plugin = ParsePluginConfig(R"({"type": "bridge", "capabilities": {"ips": true}})");
  ASSERT_TRUE(plugin.ok());
  EXPECT_THAT(plugin->capabilities, ElementsAre("ips"));
  EXPECT_FALSE(ParsePluginConfig("{}").ok());
}

TEST(CniConfig, FormatsWhatItReadsAgain) {
  auto network = ParseNetworkConfig(R"({"cniVersion": "1.1.0", "name": "n", "disableGC": true,
      "plugins": [{"type": "a", "capabilities": {"dns": true}, "x": [1]}, {"type": "b"}]})");
  ASSERT_TRUE(network.ok());
  const std::string text = FormatNetworkConfig(*network);
  auto again = ParseNetworkConfig(text);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(FormatNetworkConfig(*again), text);
  EXPECT_TRUE(again->disable_gc);
  EXPECT_FALSE(again->disable_check);
  EXPECT_EQ(again->version, kCni110);
  EXPECT_EQ(again->plugins[0].object, network->plugins[0].object);
  EXPECT_THAT(again->plugins[0].capabilities, ElementsAre("dns"));
}

}  // namespace
}  // namespace berth::runtime
