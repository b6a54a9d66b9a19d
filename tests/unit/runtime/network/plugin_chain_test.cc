// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/plugin_chain.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/runtime/network/plugin_directory.h"

namespace berth::runtime {
namespace {

using testing::HasSubstr;

// Plugins that write what they are asked to a journal beside them: "<type> <command> <input>".
class PluginChainTest : public testing::Test {
 protected:
  void AddPlugin(const std::string& type, const std::string& rest) {
    plugins_.Add(type, "input=$(cat); echo \"" + type +
                           " $CNI_COMMAND $input\" >> \"$CNI_PATH/journal\"\n" + rest);
  }

  void Load(const std::string& text) {
    auto network = ParseNetworkConfig(text);
    ASSERT_TRUE(network.ok()) << network.status();
    network_ = *std::move(network);
  }

  PluginChain Chain() { return PluginChain(network_, dirs_); }
  Call Soon() { return Call::WithTimeout(absl::Seconds(20)); }

  // "<type> <command>" of each line.
  std::vector<std::string> Steps() {
    std::vector<std::string> steps;
    for (const auto& [step, input] : Journal()) {
      steps.push_back(step);
    }
    return steps;
  }

  std::vector<std::pair<std::string, Json>> Journal() {
    std::vector<std::pair<std::string, Json>> lines;
    for (const std::string& line : plugins_.Lines("journal")) {
      const size_t brace = line.find('{');
      lines.emplace_back(line.substr(0, brace - 1), Json::parse(line.substr(brace)));
    }
    return lines;
  }

  PluginDirectory plugins_;
  std::vector<std::string> dirs_ = {plugins_.path()};
  NetworkConfig network_;
  Attachment attachment_;
};

constexpr char kResultA[] = R"(echo '{"cniVersion": "1.0.0", "ips": [{"address": "10.0.0.1/8"}]}')";
constexpr char kResultB[] = R"(echo '{"cniVersion": "1.0.0", "ips": [{"address": "10.0.0.2/8"}]}')";
constexpr char kList[] =
    R"({"cniVersion": "1.0.0", "name": "n", "plugins": [{"type": "a"}, {"type": "b"}]})";

TEST_F(PluginChainTest, AddPassesEachResultOnAndSavesIt) {
  AddPlugin("a", kResultA);
  AddPlugin("b", kResultB);
  Load(kList);
  std::vector<std::string> saved;
  ASSERT_TRUE(Chain()
                  .Add(Soon(), attachment_,
                       [&] {
                         saved.push_back((*attachment_.result)["ips"][0]["address"]);
                         return absl::OkStatus();
                       })
                  .ok());
  EXPECT_THAT(saved, testing::ElementsAre("10.0.0.1/8", "10.0.0.2/8"));
  EXPECT_THAT(Steps(), testing::ElementsAre("a ADD", "b ADD"));
  EXPECT_FALSE(Journal()[0].second.contains("prevResult"));
  EXPECT_EQ(Journal()[1].second["prevResult"]["ips"][0]["address"], "10.0.0.1/8");
}

TEST_F(PluginChainTest, AddConvertsAResultOfAnotherVersion) {
  AddPlugin(
      "a", R"(echo '{"cniVersion": "0.3.1", "ips": [{"version": "4", "address": "10.0.0.1/8"}]}')");
  AddPlugin("b", kResultB);
  Load(kList);
  ASSERT_TRUE(Chain().Add(Soon(), attachment_, [] { return absl::OkStatus(); }).ok());
  EXPECT_EQ(Journal()[1].second["prevResult"],
            Json::parse(R"({"cniVersion": "1.0.0", "ips": [{"address": "10.0.0.1/8"}]})"));
}

TEST_F(PluginChainTest, AddStopsAtTheFirstFailureAndNamesIt) {
  AddPlugin("a", R"(echo '{"code": 101, "msg": "no free address"}'; exit 1)");
  AddPlugin("b", kResultB);
  Load(kList);
  const absl::Status status = Chain().Add(Soon(), attachment_, [] { return absl::OkStatus(); });
  EXPECT_EQ(status.message(), "network n: plugin a: code 101: no free address");
  EXPECT_THAT(Steps(), testing::ElementsAre("a ADD"));
}

TEST_F(PluginChainTest, AddRefusesAResultThatIsNone) {
  Load(R"({"cniVersion": "1.0.0", "name": "n", "type": "a"})");
  for (const char* script : {"", "echo text", R"(echo '{"ips": [{"address": "x"}]}')"}) {
    AddPlugin("a", script);
    const absl::Status status = Chain().Add(Soon(), attachment_, [] { return absl::OkStatus(); });
    EXPECT_TRUE(absl::IsInternal(status));
    EXPECT_THAT(std::string(status.message()), HasSubstr("plugin a: result: "));
  }
}

TEST_F(PluginChainTest, AddEndsWhenItCannotSave) {
  AddPlugin("a", kResultA);
  AddPlugin("b", kResultB);
  Load(kList);
  EXPECT_TRUE(absl::IsDataLoss(
      Chain().Add(Soon(), attachment_, [] { return absl::DataLossError("disk"); })));
  EXPECT_THAT(Steps(), testing::ElementsAre("a ADD"));
}

TEST_F(PluginChainTest, DeleteRunsAllInReverseAndReturnsTheFirstFailure) {
  AddPlugin("a", "exit 3");
  AddPlugin("b", R"(echo '{"code": 5, "msg": "disk"}'; exit 1)");
  AddPlugin("c", "");
  Load(
      R"({"cniVersion": "1.0.0", "name": "n", "plugins": [{"type": "a"}, {"type": "b"}, {"type": "gone"},
                                                          {"type": "c"}]})");
  attachment_.result = Json::parse(R"({"cniVersion": "1.0.0", "ips": []})");
  const absl::Status status = Chain().Delete(Soon(), attachment_);
  EXPECT_THAT(std::string(status.message()), HasSubstr("plugin gone: no such program"));
  EXPECT_THAT(Steps(), testing::ElementsAre("c DEL", "b DEL", "a DEL"));
  EXPECT_EQ(Journal()[0].second["prevResult"], *attachment_.result);
  EXPECT_EQ(Journal()[2].second["prevResult"], *attachment_.result);
}

TEST_F(PluginChainTest, DeletePassesNoResultBefore04) {
  AddPlugin("a", "");
  Load(R"({"cniVersion": "0.3.1", "name": "n", "type": "a"})");
  attachment_.result = Json::parse(R"({"cniVersion": "0.3.1"})");
  ASSERT_TRUE(Chain().Delete(Soon(), attachment_).ok());
  EXPECT_FALSE(Journal()[0].second.contains("prevResult"));
}

TEST_F(PluginChainTest, DeleteGoesOnWithoutAResultThatIsDamaged) {
  AddPlugin("a", "");
  Load(R"({"cniVersion": "1.0.0", "name": "n", "type": "a"})");
  attachment_.result = Json::parse(R"({"ips": [{"address": "x"}]})");
  ASSERT_TRUE(Chain().Delete(Soon(), attachment_).ok());
  EXPECT_FALSE(Journal()[0].second.contains("prevResult"));
}

TEST_F(PluginChainTest, AHangingPluginDoesNotKeepTheOthersFromDelete) {
  AddPlugin("a", "");
  AddPlugin("b", "exec sleep 600");
  Load(kList);
  const absl::Status status =
      Chain().Delete(Call::WithTimeout(absl::Milliseconds(600)), attachment_);
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("network n: plugin b: "));
  EXPECT_THAT(Steps(), testing::ElementsAre("b DEL", "a DEL"));
}

TEST_F(PluginChainTest, CheckRunsInOrderWithTheResult) {
  AddPlugin("a", "");
  AddPlugin("b", "");
  Load(kList);
  attachment_.result = Json::parse(R"({"cniVersion": "1.0.0"})");
  ASSERT_TRUE(Chain().Check(Soon(), attachment_).ok());
  EXPECT_THAT(Steps(), testing::ElementsAre("a CHECK", "b CHECK"));
  EXPECT_EQ(Journal()[0].second["prevResult"], *attachment_.result);
}

TEST_F(PluginChainTest, CheckRespectsVersionAndConfiguration) {
  attachment_.result = Json::parse("{}");
  Load(R"({"cniVersion": "0.3.1", "name": "n", "type": "a"})");
  EXPECT_TRUE(absl::IsUnimplemented(Chain().Check(Soon(), attachment_)));
  Load(R"({"cniVersion": "1.0.0", "name": "n", "disableCheck": true, "plugins": [{"type": "a"}]})");
  EXPECT_TRUE(Chain().Check(Soon(), attachment_).ok());
  Load(R"({"cniVersion": "1.0.0", "name": "n", "type": "a"})");
  attachment_.result.reset();
  EXPECT_TRUE(absl::IsFailedPrecondition(Chain().Check(Soon(), attachment_)));
}

TEST_F(PluginChainTest, GarbageIsCollectedFrom11OnlyByAllPlugins) {
  AddPlugin("a", "exit 1");
  AddPlugin("b", "");
  const Json valid = Json::parse(R"([{"containerID": "x", "ifname": "eth0"}])");
  Load(kList);
  EXPECT_TRUE(Chain().CollectGarbage(Soon(), valid).ok());
  EXPECT_THAT(Steps(), testing::IsEmpty());
  Load(R"({"cniVersion": "1.1.0", "name": "n", "plugins": [{"type": "a"}, {"type": "b"}]})");
  EXPECT_FALSE(Chain().CollectGarbage(Soon(), valid).ok());
  EXPECT_THAT(Steps(), testing::ElementsAre("a GC", "b GC"));
  EXPECT_EQ(Journal()[1].second["cni.dev/valid-attachments"], valid);
  Load(R"({"cniVersion": "1.1.0", "name": "n", "disableGC": true, "plugins": [{"type": "a"}]})");
  EXPECT_TRUE(Chain().CollectGarbage(Soon(), valid).ok());
}

TEST_F(PluginChainTest, StatusAsksFrom11AndAlwaysMissesPrograms) {
  AddPlugin("a", R"(echo '{"code": 50, "msg": "daemon is down"}'; exit 1)");
  Load(R"({"cniVersion": "1.0.0", "name": "n", "type": "a"})");
  EXPECT_TRUE(Chain().Status(Soon()).ok());
  Load(R"({"cniVersion": "1.1.0", "name": "n", "type": "a"})");
  const absl::Status status = Chain().Status(Soon());
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_EQ(status.message(), "network n: plugin a: code 50: daemon is down");
  Load(R"({"cniVersion": "0.4.0", "name": "n", "type": "gone"})");
  EXPECT_THAT(std::string(Chain().Status(Soon()).message()), HasSubstr("no such program"));
}

}  // namespace
}  // namespace berth::runtime
