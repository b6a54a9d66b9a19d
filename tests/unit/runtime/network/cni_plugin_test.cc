// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/cni_plugin.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/runtime/network/plugin_directory.h"

namespace berth::runtime {
namespace {

using testing::Contains;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

NetworkConfig Network(const char* text) {
  auto network = ParseNetworkConfig(text);
  EXPECT_TRUE(network.ok()) << network.status();
  return *std::move(network);
}

TEST(CniPlugin, InputHasTheNetworksNameAndVersionAndNoCapabilities) {
  const NetworkConfig network = Network(R"({"cniVersion": "1.0.0", "name": "n", "plugins": [
      {"type": "t", "name": "other", "cniVersion": "0.1.0", "capabilities": {"dns": true}, "prevResult": 1,
       "runtimeConfig": {"a": 1}, "cni.dev/valid-attachments": [], "args": {"x": 1}, "mtu": 9}]})");
  EXPECT_EQ(
      Json::parse(FormatPluginInput(network, network.plugins[0], {})),
      Json::parse(
          R"({"type": "t", "name": "n", "cniVersion": "1.0.0", "args": {"x": 1}, "mtu": 9})"));
}

TEST(CniPlugin, InputHasTheArgumentsOfDeclaredCapabilitiesOnly) {
  const NetworkConfig network = Network(R"({"cniVersion": "1.0.0", "name": "n", "plugins": [
      {"type": "t", "capabilities": {"dns": true, "portMappings": false, "ips": true}}]})");
  const Json arguments = Json::parse(R"({"dns": {"servers": []}, "portMappings": [1]})");
  const Json result = Json::parse(R"({"cniVersion": "1.0.0"})");
  PluginContext context;
  context.capability_arguments = &arguments;
  context.previous_result = &result;
  const Json input = Json::parse(FormatPluginInput(network, network.plugins[0], context));
  EXPECT_EQ(input["runtimeConfig"], Json::parse(R"({"dns": {"servers": []}})"));
  EXPECT_EQ(input["prevResult"], result);
}

TEST(CniPlugin, InputOfGcListsTheValidAttachments) {
  const NetworkConfig network = Network(R"({"cniVersion": "1.1.0", "name": "n", "type": "t"})");
  const Json valid = Json::parse(R"([{"containerID": "a", "ifname": "eth0"}])");
  PluginContext context;
  context.valid_attachments = &valid;
  const Json input = Json::parse(FormatPluginInput(network, network.plugins[0], context));
  EXPECT_EQ(input["cni.dev/valid-attachments"], valid);
}

TEST(CniPlugin, EnvironmentCarriesTheTargetAndNothingOfTheDaemon) {
  const PluginTarget target = {"pod", "/run/netns/a", "eth0", "A=1;B=2"};
  const auto variables = PluginEnvironment(
      {"PATH=/bin", "HOME=/root", "NOTIFY_SOCKET=/s", "LISTEN_FDS=1", "CNI_COMMAND=EVIL"}, "ADD",
      &target, {"/opt/cni/bin", "/usr/lib/cni"});
  EXPECT_THAT(variables, testing::UnorderedElementsAre(
                             "PATH=/bin", "HOME=/root", "CNI_COMMAND=ADD", "CNI_CONTAINERID=pod",
                             "CNI_NETNS=/run/netns/a", "CNI_IFNAME=eth0", "CNI_ARGS=A=1;B=2",
                             "CNI_PATH=/opt/cni/bin:/usr/lib/cni"));
}

TEST(CniPlugin, EnvironmentWithoutTargetHasNoAttachmentParameters) {
  const auto variables = PluginEnvironment({}, "STATUS", nullptr, {"/x"});
  EXPECT_THAT(variables, Contains(StartsWith("PATH=/")));
  EXPECT_THAT(variables, Not(Contains(StartsWith("CNI_NETNS"))));
  EXPECT_THAT(variables, Not(Contains(StartsWith("CNI_CONTAINERID"))));
}

TEST(CniPlugin, OutcomeTellsThePluginsError) {
  const struct {
    CommandResult result;
    absl::StatusCode code;
    const char* message;
  } cases[] = {
      {{0, "", ""}, absl::StatusCode::kOk, ""},
      {{1, R"({"code": 7, "msg": "bad subnet", "details": "10/8"})", "log"},
       absl::StatusCode::kInternal,
       "code 7: bad subnet; 10/8"},
      {{1, R"({"code": 11, "msg": "later"})", ""},
       absl::StatusCode::kUnavailable,
       "code 11: later"},
      {{1, R"({"code": 50, "msg": "no daemon"})", ""},
       absl::StatusCode::kUnavailable,
       "code 50: no daemon"},
      {{1, R"({"code": 999})", ""}, absl::StatusCode::kInternal, "code 999: no message"},
      {{2, "", "panic:\n\tgoroutine 1\n"},
       absl::StatusCode::kInternal,
       "exit code 2: panic:  goroutine 1"},
      {{3, "plain text", ""}, absl::StatusCode::kInternal, "exit code 3: plain text"},
      {{137, "", ""}, absl::StatusCode::kInternal, "exit code 137 without a word"},
  };
  for (const auto& c : cases) {
    const absl::Status status = PluginOutcome(c.result);
    EXPECT_EQ(status.code(), c.code);
    EXPECT_EQ(status.message(), c.message);
  }
}

TEST(CniPlugin, OutcomeIsOneShortLine) {
  const absl::Status status = PluginOutcome({1, "", std::string(100000, 'x') + "\x1b[31m"});
  EXPECT_LT(status.message().size(), kMaxPluginMessage + 64);
  EXPECT_THAT(std::string(status.message()), EndsWith("..."));
}

TEST(CniPlugin, IsTheFirstProgramOfThatNameInTheDirectories) {
  PluginDirectory first;
  PluginDirectory second;
  first.Write("plug", "not executable");
  std::filesystem::create_directory(first.path() + "/folder");
  second.Add("plug", "exit 0");
  second.Add("folder", "exit 0");
  const std::vector<std::string> dirs = {"/nonexistent", first.path(), second.path()};
  EXPECT_EQ(*FindPlugin("plug", dirs), second.path() + "/plug");
  EXPECT_EQ(*FindPlugin("folder", dirs), second.path() + "/folder");
  auto missing = FindPlugin("none", dirs);
  EXPECT_TRUE(absl::IsUnavailable(missing.status()));
  EXPECT_THAT(std::string(missing.status().message()),
              HasSubstr("no such program in /nonexistent, "));
}

TEST(CniPlugin, RunsWithInputAndEnvironment) {
  PluginDirectory dir;
  dir.Add("plug", R"sh(echo "$CNI_COMMAND $CNI_CONTAINERID $(cat)")sh");
  const NetworkConfig network = Network(R"({"cniVersion": "1.0.0", "name": "n", "type": "plug"})");
  const PluginTarget target = {"pod", "", "eth0", ""};
  auto output = RunPlugin(Call::WithTimeout(absl::Seconds(10)), "DEL", network.plugins[0], &target,
                          {dir.path()}, "input");
  ASSERT_TRUE(output.ok()) << output.status();
  EXPECT_EQ(*output, "DEL pod input\n");
}

}  // namespace
}  // namespace berth::runtime
