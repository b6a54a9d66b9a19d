// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/pod_network.h"

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/clock.h"
#include "base/json.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/runtime/network/plugin_directory.h"

namespace berth::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Any namespace will do for plugins that do not look at it.
constexpr char kNamespace[] = "/proc/self/ns/net";

constexpr char kAddressPlugin[] = R"(
cat > "$CNI_PATH/input.$CNI_COMMAND"
echo "addr $CNI_COMMAND $CNI_CONTAINERID $CNI_NETNS" >> "$CNI_PATH/journal"
case "$CNI_COMMAND" in
ADD) cp "$CACHE/results/pods-$CNI_CONTAINERID-eth0" "$CNI_PATH/intent" 2>/dev/null
     echo '{"cniVersion": "1.1.0", "ips": [{"address": "fd00::2/64"}, {"address": "10.0.0.2/24"}]}';;
DEL) test ! -e "$CNI_PATH/fail-del";;
esac)";

class PodNetworkTest : public testing::Test {
 protected:
  PodNetworkTest() {
    AddPlugin("addr", kAddressPlugin);
    Configure(R"({"cniVersion": "1.1.0", "name": "pods", "plugins": [{"type": "addr"}]})");
    Start();
  }

  void AddPlugin(const std::string& type, std::string script) {
    plugins_.Add(type, "CACHE=" + dir_.path() + "/cache\n" + script);
  }
  void Configure(const std::string& text) { dir_.Write("net.d/10.conflist", text); }

  // As a new daemon over the same directories.
  void Start() {
    network_ = PodNetwork::Create(
        {{dir_.path() + "/net.d"}, {plugins_.path()}, dir_.path() + "/cache"}, metrics_);
  }

  AttachmentRequest Request(const std::string& id) {
    AttachmentRequest request;
    request.pod_id = id;
    request.pod_name = "web";
    request.pod_namespace = "default";
    request.pod_uid = "u";
    request.namespace_path = kNamespace;
    return request;
  }
  absl::StatusOr<AttachmentResult> Attach(const std::string& id) {
    return network_->Attach(Soon(), Request(id));
  }
  Call Soon() { return Call::WithTimeout(absl::Seconds(20)); }

  std::vector<std::string> Steps() { return plugins_.Lines("journal"); }
  std::vector<std::string> Cached() {
    std::vector<std::string> names;
    if (std::filesystem::exists(dir_.path() + "/cache/results")) {
      for (const auto& entry :
           std::filesystem::directory_iterator(dir_.path() + "/cache/results")) {
        names.push_back(entry.path().filename());
      }
    }
    return names;
  }

  test::TempDir dir_;
  PluginDirectory plugins_;
  metrics::Metrics metrics_;
  std::unique_ptr<PodNetwork> network_;
};

TEST_F(PodNetworkTest, AttachesWithTheIntentOnDiskAndTheResultAfterwards) {
  auto result = Attach("p1");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->ips, ElementsAre("10.0.0.2", "fd00::2"));
  const Json intent = Json::parse(plugins_.Read("intent"));
  EXPECT_EQ(intent["containerId"], "p1");
  EXPECT_FALSE(intent.contains("result"));
  EXPECT_THAT(Cached(), ElementsAre("pods-p1-eth0"));
  EXPECT_TRUE(Json::parse(dir_.Read("cache/results/pods-p1-eth0")).contains("result"));
}

TEST_F(PodNetworkTest, DetachesOnceAndThenHasNothingToDo) {
  ASSERT_TRUE(Attach("p1").ok());
  EXPECT_TRUE(network_->Detach(Soon(), "p1", kNamespace).ok());
  EXPECT_TRUE(network_->Detach(Soon(), "p1", kNamespace).ok());
  EXPECT_TRUE(network_->Detach(Soon(), "never", "").ok());
  EXPECT_TRUE(network_->Detach(Soon(), "../../etc", "").ok());
  EXPECT_TRUE(network_->Detach(Soon(), "", "").ok());
  EXPECT_THAT(Steps(),
              ElementsAre("addr ADD p1 /proc/self/ns/net", "addr DEL p1 /proc/self/ns/net"));
  EXPECT_THAT(Cached(), IsEmpty());
}

TEST_F(PodNetworkTest, DetachesWithoutNamespaceConfigurationAndAfterARestart) {
  ASSERT_TRUE(Attach("p1").ok());
  std::filesystem::remove_all(dir_.path() + "/net.d");
  dir_.Write("pin", "");  // a pin whose namespace is gone
  Start();
  ASSERT_TRUE(network_->Detach(Soon(), "p1", dir_.path() + "/pin").ok());
  EXPECT_THAT(Steps().back(), "addr DEL p1 ");
  EXPECT_EQ(Json::parse(plugins_.Read("input.DEL"))["prevResult"]["ips"][1]["address"],
            "10.0.0.2/24");
}

TEST_F(PodNetworkTest, DetachUsesTheConfigurationOfItsTime) {
  ASSERT_TRUE(Attach("p1").ok());
  Configure(R"({"cniVersion": "1.0.0", "name": "other", "plugins": [{"type": "none"}]})");
  ASSERT_TRUE(network_->Detach(Soon(), "p1", "").ok());
  EXPECT_EQ(Json::parse(plugins_.Read("input.DEL"))["name"], "pods");
}

TEST_F(PodNetworkTest, DetachFailsVisiblyAndCanBeTriedAgain) {
  ASSERT_TRUE(Attach("p1").ok());
  plugins_.Write("fail-del", "");
  const absl::Status status = network_->Detach(Soon(), "p1", kNamespace);
  EXPECT_EQ(status.message(), "network pods: plugin addr: exit code 1 without a word");
  EXPECT_THAT(Cached(), ElementsAre("pods-p1-eth0"));
  std::filesystem::remove(plugins_.path() + "/fail-del");
  EXPECT_TRUE(network_->Detach(Soon(), "p1", kNamespace).ok());
  EXPECT_THAT(Cached(), IsEmpty());
}

// A network of its own, whose plugin is `type`.
NetworkChoice Choice(const std::string& name, const std::string& interface,
                     const std::string& type = "addr") {
  return {absl::StrCat(R"({"cniVersion": "1.0.0", "name": ")", name, R"(", "plugins": [{"type": ")",
                       type, R"("}]})"),
          interface};
}

TEST_F(PodNetworkTest, APodMayBeInManyNetworks) {
  AddPlugin("addr", R"(echo "$CNI_COMMAND $CNI_IFNAME" >> "$CNI_PATH/journal"
    n=${CNI_IFNAME#eth}
    echo '{"cniVersion": "1.0.0", "interfaces": [{"name": "'$CNI_IFNAME'", "mac": "02:00:00:00:00:0'$n'",
      "sandbox": "x"}], "ips": [{"interface": 0, "address": "10.0.'$n'.2/24", "gateway": "10.0.'$n'.1"}]}')");
  AttachmentRequest request = Request("p1");
  request.networks = {Choice("front", "eth0"), Choice("back", "eth1")};
  const auto result = network_->Attach(Soon(), request);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->ips, ElementsAre("10.0.0.2"));
  EXPECT_THAT(Cached(), testing::UnorderedElementsAre("front-p1-eth0", "back-p1-eth1"));
  request.networks = {Choice("more", "eth2")};
  EXPECT_TRUE(network_->Attach(Soon(), request).ok());
  for (const NetworkChoice& taken : {Choice("more", "eth3"), Choice("other", "eth1")}) {
    request.networks = {taken};
    EXPECT_TRUE(absl::IsAlreadyExists(network_->Attach(Soon(), request).status()));
  }
  EXPECT_TRUE(network_->Detach(Soon(), "p1", kNamespace, "back").ok());
  Start();
  const auto interfaces = network_->Interfaces("p1");
  ASSERT_TRUE(interfaces.ok() && interfaces->size() == 2);
  EXPECT_EQ((*interfaces)[0].network, "front");
  EXPECT_EQ((*interfaces)[1].network, "more");
  EXPECT_EQ((*interfaces)[1].interface, "eth2");
  EXPECT_EQ((*interfaces)[1].mac, "02:00:00:00:00:02");
  EXPECT_THAT((*interfaces)[1].addresses, ElementsAre("10.0.2.2/24"));
  EXPECT_THAT((*interfaces)[1].gateways, ElementsAre("10.0.2.1"));
  EXPECT_TRUE(network_->Detach(Soon(), "p1", kNamespace).ok());
  EXPECT_THAT(Steps(),
              ElementsAre("ADD eth0", "ADD eth1", "ADD eth2", "DEL eth1", "DEL eth2", "DEL eth0"));
  EXPECT_THAT(Cached(), IsEmpty());
}

TEST_F(PodNetworkTest, TheHighestInterfaceIsUndoneFirst) {
  AddPlugin("addr", R"(echo "$CNI_COMMAND $CNI_IFNAME" >> "$CNI_PATH/journal"
    echo '{"cniVersion": "1.0.0", "ips": [{"address": "10.0.0.2/24"}]}')");
  for (const char* pod : {"p1", "p2"}) {
    AttachmentRequest request = Request(pod);
    request.networks = {Choice("a", "eth0"), Choice("b", "eth2"), Choice("c", "eth10")};
    ASSERT_TRUE(network_->Attach(Soon(), request).ok());
  }
  EXPECT_TRUE(network_->Detach(Soon(), "p1", kNamespace).ok());
  Start();
  EXPECT_TRUE(network_->CollectGarbage(Soon(), {}).ok());
  const std::vector<std::string> steps = Steps();
  EXPECT_THAT(
      std::vector<std::string>(steps.begin() + 6, steps.begin() + 12),
      ElementsAre("DEL eth10", "DEL eth2", "DEL eth0", "DEL eth10", "DEL eth2", "DEL eth0"));
}

TEST_F(PodNetworkTest, StartsWithoutAddressesOfNobody) {
  Configure(absl::StrCat(R"({"cniVersion": "1.0.0", "name": "pods", "plugins": [{"type": "addr",
      "ipam": {"type": "host-local", "dataDir": ")",
                         dir_.Join("leases"), R"("}}]})"));
  dir_.Write("leases/pods/10.0.0.2", "");
  dir_.Write("leases/pods/10.0.0.3", "p1\r\neth0");
  dir_.Write("leases/other/10.0.0.2", "");
  Start();
  EXPECT_FALSE(std::filesystem::exists(dir_.Join("leases/pods/10.0.0.2")));
  EXPECT_TRUE(std::filesystem::exists(dir_.Join("leases/pods/10.0.0.3")));
  EXPECT_TRUE(std::filesystem::exists(dir_.Join("leases/other/10.0.0.2")));
}

TEST_F(PodNetworkTest, AllNetworksAreUndoneWhenOneFails) {
  AddPlugin("bad", R"(echo "bad $CNI_COMMAND" >> "$CNI_PATH/journal"; test "$CNI_COMMAND" != ADD)");
  AttachmentRequest request = Request("p1");
  request.networks = {Choice("front", "eth0"), Choice("back", "eth1", "bad")};
  EXPECT_FALSE(network_->Attach(Soon(), request).ok());
  EXPECT_THAT(Steps(), ElementsAre("addr ADD p1 /proc/self/ns/net", "bad ADD", "bad DEL",
                                   "addr DEL p1 /proc/self/ns/net"));
  EXPECT_THAT(Cached(), IsEmpty());
  for (const NetworkChoice& wrong : {Choice("a", "lo"), Choice("a", "eth0/.."), Choice("", "eth0"),
                                     NetworkChoice{"x", "eth0"}}) {
    request.networks = {wrong};
    EXPECT_TRUE(absl::IsInvalidArgument(network_->Attach(Soon(), request).status()));
  }
}

TEST_F(PodNetworkTest, AFailedAttachIsUndone) {
  AddPlugin("bad", R"(echo "bad $CNI_COMMAND" >> "$CNI_PATH/journal"
    test "$CNI_COMMAND" = DEL && exit 0
    echo '{"code": 110, "msg": "no rules"}'; exit 1)");
  Configure(
      R"({"cniVersion": "1.1.0", "name": "pods", "plugins": [{"type": "addr"}, {"type": "bad"}]})");
  EXPECT_EQ(Attach("p1").status().message(), "network pods: plugin bad: code 110: no rules");
  EXPECT_THAT(Steps(), ElementsAre("addr ADD p1 /proc/self/ns/net", "bad ADD", "bad DEL",
                                   "addr DEL p1 /proc/self/ns/net"));
  // What the plugins had given is what they are asked to take back.
  EXPECT_EQ(Json::parse(plugins_.Read("input.DEL"))["prevResult"]["ips"][1]["address"],
            "10.0.0.2/24");
  EXPECT_THAT(Cached(), IsEmpty());
}

TEST_F(PodNetworkTest, AFailedAttachThatCannotBeUndoneStaysOnRecord) {
  AddPlugin("bad", "exit 1");
  plugins_.Write("fail-del", "");
  Configure(
      R"({"cniVersion": "1.1.0", "name": "pods", "plugins": [{"type": "addr"}, {"type": "bad"}]})");
  EXPECT_FALSE(Attach("p1").ok());
  EXPECT_THAT(Cached(), ElementsAre("pods-p1-eth0"));
  EXPECT_TRUE(absl::IsAlreadyExists(Attach("p1").status()));
  std::filesystem::remove(plugins_.path() + "/fail-del");
  AddPlugin("bad", "exit 0");
  EXPECT_TRUE(network_->Detach(Soon(), "p1", kNamespace).ok());
  EXPECT_THAT(Cached(), IsEmpty());
}

TEST_F(PodNetworkTest, AttachWithoutAddressIsAFailure) {
  AddPlugin("addr", R"(echo '{"cniVersion": "1.1.0"}')");
  EXPECT_THAT(std::string(Attach("p1").status().message()), HasSubstr("gave no address"));
  EXPECT_THAT(Cached(), IsEmpty());
}

TEST_F(PodNetworkTest, AttachIsUndoneWhenItsCallerGoesAway) {
  AddPlugin("addr", R"(echo "$CNI_COMMAND" >> "$CNI_PATH/journal"
    test "$CNI_COMMAND" = DEL || exec sleep 600)");
  std::atomic<bool> cancelled = false;
  std::thread canceller([&] {
    while (Steps().empty()) {
      std::this_thread::yield();
    }
    cancelled = true;
  });
  const Call call(SteadyNow() + absl::Seconds(20), [&] { return cancelled.load(); });
  EXPECT_TRUE(absl::IsCancelled(network_->Attach(call, Request("p1")).status()));
  canceller.join();
  EXPECT_THAT(Steps(), ElementsAre("ADD", "DEL"));
  EXPECT_THAT(Cached(), IsEmpty());
}

TEST_F(PodNetworkTest, RefusesRequestsThatCannotBe) {
  AttachmentRequest request = Request("p1");
  request.namespace_path = dir_.path();
  EXPECT_TRUE(absl::IsInvalidArgument(network_->Attach(Soon(), request).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Attach("../p").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Attach("").status()));
  EXPECT_THAT(Steps(), IsEmpty());
}

TEST_F(PodNetworkTest, ChecksWhatIsAttached) {
  EXPECT_TRUE(absl::IsFailedPrecondition(network_->Check(Soon(), "p1", kNamespace)));
  ASSERT_TRUE(Attach("p1").ok());
  EXPECT_TRUE(network_->Check(Soon(), "p1", kNamespace).ok());
  EXPECT_EQ(Steps().back(), "addr CHECK p1 /proc/self/ns/net");
}

TEST_F(PodNetworkTest, FreesOrphansOfAnEarlierDaemonOnly) {
  ASSERT_TRUE(Attach("p1").ok());
  ASSERT_TRUE(Attach("p2").ok());
  Start();
  ASSERT_TRUE(Attach("p3").ok());
  ASSERT_TRUE(network_->CollectGarbage(Soon(), {"p2"}).ok());
  EXPECT_THAT(Cached(), testing::UnorderedElementsAre("pods-p2-eth0", "pods-p3-eth0"));
  const Json valid = Json::parse(plugins_.Read("input.GC"))["cni.dev/valid-attachments"];
  std::vector<std::string> ids;
  for (const Json& attachment : valid) {
    EXPECT_EQ(attachment["ifname"], "eth0");
    ids.push_back(attachment["containerID"]);
  }
  EXPECT_THAT(ids, testing::UnorderedElementsAre("p2", "p3"));
}

TEST_F(PodNetworkTest, AnOrphanThatCannotBeFreedStaysButIsNotValid) {
  ASSERT_TRUE(Attach("p1").ok());
  Start();
  plugins_.Write("fail-del", "");
  EXPECT_FALSE(network_->CollectGarbage(Soon(), {}).ok());
  EXPECT_THAT(Cached(), ElementsAre("pods-p1-eth0"));
  EXPECT_EQ(Json::parse(plugins_.Read("input.GC"))["cni.dev/valid-attachments"], Json::array());
}

TEST_F(PodNetworkTest, FreesAnAttachmentWhoseFileIsLostWithTheConfigurationOfToday) {
  dir_.Write("cache/results/pods-p1-eth0", "");
  ASSERT_TRUE(network_->Detach(Soon(), "p1", "").ok());
  EXPECT_THAT(Steps(), ElementsAre("addr DEL p1 "));
  EXPECT_THAT(Cached(), IsEmpty());
}

TEST_F(PodNetworkTest, GivesUpAnAttachmentOfWhichNothingIsLeft) {
  dir_.Write("cache/results/gone-p1-eth0", "");
  EXPECT_TRUE(network_->Detach(Soon(), "p1", "").ok());
  EXPECT_THAT(Steps(), IsEmpty());
  EXPECT_THAT(Cached(), IsEmpty());
}

TEST_F(PodNetworkTest, IsReadyWhenThePluginsSayItAndOnlyThen) {
  EXPECT_TRUE(network_->Ready().ok());
  EXPECT_TRUE(network_->Ready().ok());
  EXPECT_EQ(Steps().size(), 1u);  // the second answer is the first one, kept
  AddPlugin("sick", R"(echo '{"code": 50, "msg": "no route daemon"}'; exit 1)");
  Configure(R"({"cniVersion": "1.1.0", "name": "pods", "plugins": [{"type": "sick"}]})");
  EXPECT_EQ(network_->Ready().message(), "network pods: plugin sick: code 50: no route daemon");
  std::filesystem::remove_all(dir_.path() + "/net.d");
  EXPECT_TRUE(absl::IsUnavailable(network_->Ready()));
  EXPECT_TRUE(absl::IsUnavailable(Attach("p1").status()));
}

TEST_F(PodNetworkTest, CountsSecondsAndFailures) {
  ASSERT_TRUE(Attach("p1").ok());
  plugins_.Write("fail-del", "");
  EXPECT_FALSE(network_->Detach(Soon(), "p1", "").ok());
  EXPECT_EQ(metrics_.cni_failures.Add({{"command", "ADD"}}).Value(), 0);
  EXPECT_EQ(metrics_.cni_failures.Add({{"command", "DEL"}}).Value(), 1);
  EXPECT_TRUE(metrics_.cni_seconds.Has({{"command", "ADD"}}));
}

TEST_F(PodNetworkTest, ASlowPodDelaysNoOther) {
  AddPlugin("addr", R"(test "$CNI_CONTAINERID$CNI_COMMAND" = slowADD && { touch "$CNI_PATH/began"
      while [ ! -e "$CNI_PATH/end" ]; do sleep 0.01; done; }
    echo '{"cniVersion": "1.1.0", "ips": [{"address": "10.0.0.2/24"}]}')");
  std::thread slow([&] { EXPECT_TRUE(Attach("slow").ok()); });
  while (!plugins_.Has("began")) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(Attach("quick").ok());
  EXPECT_TRUE(network_->Detach(Soon(), "quick", "").ok());
  EXPECT_TRUE(absl::IsDeadlineExceeded(
      network_->CollectGarbage(Call::WithTimeout(absl::Milliseconds(200)), {"slow"})));
  plugins_.Write("end", "");
  slow.join();
  EXPECT_THAT(Cached(), ElementsAre("pods-slow-eth0"));
}

}  // namespace
}  // namespace berth::runtime
