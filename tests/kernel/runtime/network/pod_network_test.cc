// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/pod_network.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/json.h"
#include "base/sys/fd.h"
#include "tests/support/eventually.h"
#include "tests/support/host_command.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/runtime/network/plugin_directory.h"

// With Debian's containernetworking-plugins, in a network namespace of the test's own that plays
// the host.
namespace berth::runtime {
namespace {

using test::Eventually;
using test::IsOk;
using test::RunOnHost;
using test::StatusIs;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr char kPlugins[] = "/usr/lib/cni";
constexpr char kBridge[] =
    R"({"type": "bridge", "bridge": "berth0", "isGateway": true, "ipMasq": true,
    "hairpinMode": true, "ipam": {"type": "host-local", "dataDir": "$DATA",
    "ranges": [[{"subnet": "10.99.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}})";
constexpr char kPortmap[] =
    R"({"type": "portmap", "capabilities": {"portMappings": true}, "snat": true})";
constexpr char kFirewall[] = R"({"type": "firewall"})";

Call Soon() {
  return Call::WithTimeout(absl::Seconds(30));
}

class Node {
 public:
  explicit Node(const std::vector<std::string>& plugins = {kBridge, kPortmap, kFirewall}) {
    // A /run of its own for /run/netns and /run/xtables.lock.
    EXPECT_EQ(mount("tmpfs", "/run", "tmpfs", 0, nullptr), 0);
    Configure(plugins);
    Start();
  }

  void Configure(const std::vector<std::string>& plugins) {
    const std::string text =
        absl::StrReplaceAll(absl::StrJoin(plugins, ", "), {{"$DATA", dir_.Join("addresses")}});
    dir_.Write("net.d/10.conflist",
               absl::StrCat(R"({"cniVersion": "1.0.0", "name": "pods", "plugins": [)", text, "]}"));
  }
  void RemoveConfiguration() { std::filesystem::remove_all(dir_.Join("net.d")); }

  // As a daemon that starts anew over the same directories.
  void Start() {
    network_ = PodNetwork::Create(
        {{dir_.Join("net.d")}, {scripts_.path(), kPlugins}, dir_.Join("cache")}, metrics_);
  }

  std::string AddNamespace(const std::string& name) {
    RunOnHost({"/usr/sbin/ip", "netns", "add", name});
    return "/run/netns/" + name;
  }

  AttachmentRequest Request(const std::string& name) {
    AttachmentRequest request;
    request.pod_id = name;
    request.pod_name = name;
    request.pod_namespace = "default";
    request.pod_uid = "uid-" + name;
    request.namespace_path = "/run/netns/" + name;
    return request;
  }
  absl::StatusOr<AttachmentResult> Attach(const std::string& name) {
    return network_->Attach(Soon(), Request(name));
  }
  absl::Status Detach(const std::string& name) {
    return network_->Detach(Soon(), name, "/run/netns/" + name);
  }

  // Addresses that host-local has given out.
  std::vector<std::string> Taken() {
    std::vector<std::string> taken;
    if (std::filesystem::exists(dir_.Join("addresses/pods"))) {
      for (const auto& entry : std::filesystem::directory_iterator(dir_.Join("addresses/pods"))) {
        const std::string name = entry.path().filename();
        if (absl::StartsWith(name, "10.")) {
          taken.push_back(name);
        }
      }
    }
    return taken;
  }
  std::vector<std::string> Cached() {
    std::vector<std::string> names;
    if (std::filesystem::exists(dir_.Join("cache/results"))) {
      for (const auto& entry : std::filesystem::directory_iterator(dir_.Join("cache/results"))) {
        names.push_back(entry.path().filename());
      }
    }
    return names;
  }
  static std::string Links() {
    return RunOnHost({"/usr/sbin/ip", "-o", "link", "show", "type", "veth"});
  }
  static std::string Rules() { return RunOnHost({"/usr/sbin/iptables-save"}); }

  void ExpectNothingLeft() {
    EXPECT_THAT(Taken(), IsEmpty());
    EXPECT_THAT(Cached(), IsEmpty());
    EXPECT_EQ(Links(), "");
    EXPECT_THAT(Rules(), Not(HasSubstr("10.99.0.")));
  }

  PodNetwork& network() { return *network_; }
  const PluginDirectory& scripts() const { return scripts_; }

 private:
  test::TempDir dir_;
  PluginDirectory scripts_;
  metrics::Metrics metrics_;
  std::unique_ptr<PodNetwork> network_;
};

sockaddr_in Address(const std::string& ip, int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  EXPECT_EQ(inet_pton(AF_INET, ip.c_str(), &address.sin_addr), 1);
  return address;
}

// A listening socket inside the namespace, usable from here.
sys::Fd ListenIn(const std::string& namespace_path, int port) {
  sys::Fd listener;
  std::thread inside([&] {
    sys::Fd netns(open(namespace_path.c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(setns(netns.get(), CLONE_NEWNET), 0);
    listener = sys::Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = Address("0.0.0.0", port);
    ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    ASSERT_EQ(listen(listener.get(), 8), 0);
  });
  inside.join();
  return listener;
}

bool CanConnect(const std::string& ip, int port) {
  sys::Fd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience = {2, 0};
  EXPECT_EQ(setsockopt(client.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)), 0);
  sockaddr_in address = Address(ip, port);
  return connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
}

KERNEL_TEST(PodNetworkKernel, GivesAReachableAddressAndTakesItBack) {
  Node node;
  const std::string netns = node.AddNamespace("web");
  AttachmentRequest request = node.Request("web");
  request.port_mappings = {{8080, 80, "TCP", ""}};
  ASSERT_OK_AND_ASSIGN(AttachmentResult result, node.network().Attach(Soon(), request));
  ASSERT_THAT(result.ips, ElementsAre(StartsWith("10.99.0.")));
  EXPECT_EQ(node.Taken(), result.ips);
  sys::Fd listener = ListenIn(netns, 80);
  EXPECT_TRUE(CanConnect(result.ips[0], 80));
  EXPECT_TRUE(CanConnect("10.99.0.1", 8080)) << "the host port by an address of the host";
  EXPECT_TRUE(CanConnect("127.0.0.1", 8080)) << "the host port by loopback";
  EXPECT_THAT(Node::Rules(), HasSubstr(absl::StrCat("--to-destination ", result.ips[0], ":80")));
  EXPECT_THAT(node.Detach("web"), IsOk());
  node.ExpectNothingLeft();
  EXPECT_THAT(node.Detach("web"), IsOk()) << "twice";
}

KERNEL_TEST(PodNetworkKernel, PodsReachEachOther) {
  Node node;
  const std::string first = node.AddNamespace("a");
  const std::string second = node.AddNamespace("b");
  ASSERT_OK_AND_ASSIGN(AttachmentResult a, node.Attach("a"));
  ASSERT_OK_AND_ASSIGN(AttachmentResult b, node.Attach("b"));
  sys::Fd listener = ListenIn(first, 80);
  bool reached = false;
  std::thread inside([&] {
    sys::Fd netns(open(second.c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(setns(netns.get(), CLONE_NEWNET), 0);
    reached = CanConnect(a.ips[0], 80);
  });
  inside.join();
  EXPECT_TRUE(reached);
}

KERNEL_TEST(PodNetworkKernel, CheckNoticesAMissingInterface) {
  Node node;
  const std::string netns = node.AddNamespace("web");
  ASSERT_THAT(node.Attach("web"), IsOk());
  EXPECT_THAT(node.network().Check(Soon(), "web", netns), IsOk());
  RunOnHost({"/usr/sbin/ip", "-n", "web", "link", "del", "eth0"});
  EXPECT_THAT(node.network().Check(Soon(), "web", netns),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("network pods: plugin bridge: ")));
}

KERNEL_TEST(PodNetworkKernel, DetachesAfterTheNamespaceIsGone) {
  Node node;
  node.AddNamespace("web");
  ASSERT_THAT(node.Attach("web"), IsOk());
  RunOnHost({"/usr/sbin/ip", "netns", "del", "web"});
  EXPECT_THAT(node.Detach("web"), IsOk());
  // The bridge plugin (1.1.1) leaves its masquerading rule when there is no namespace.
  EXPECT_THAT(node.Taken(), IsEmpty());
  EXPECT_THAT(node.Cached(), IsEmpty());
  // The kernel takes a namespace apart after its last reference has gone, in its own time.
  EXPECT_TRUE(Eventually([] { return Node::Links().empty(); })) << Node::Links();
}

KERNEL_TEST(PodNetworkKernel, DetachesAfterAReboot) {
  Node node;
  node.AddNamespace("web");
  ASSERT_THAT(node.Attach("web"), IsOk());
  // The namespace is gone with all interfaces; the pin's empty file and host-local's are still
  // there.
  ASSERT_EQ(umount2("/run/netns/web", MNT_DETACH), 0);
  ASSERT_TRUE(std::filesystem::exists("/run/netns/web"));
  node.Start();
  EXPECT_THAT(node.Detach("web"), IsOk());
  EXPECT_THAT(node.Taken(), IsEmpty());
  EXPECT_THAT(node.Cached(), IsEmpty());
}

KERNEL_TEST(PodNetworkKernel, DetachesAfterTheConfigurationIsGone) {
  Node node;
  node.AddNamespace("web");
  ASSERT_THAT(node.Attach("web"), IsOk());
  node.RemoveConfiguration();
  node.Start();
  EXPECT_THAT(node.network().Ready(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(node.Detach("web"), IsOk());
  node.ExpectNothingLeft();
}

KERNEL_TEST(PodNetworkKernel, AFailingPluginLeavesNoAddress) {
  Node node;
  node.scripts().Add("broken", R"(test "$CNI_COMMAND" = DEL && exit 0
    echo '{"code": 107, "msg": "no luck"}'; exit 1)");
  node.Configure({kBridge, kPortmap, kFirewall, R"({"type": "broken"})"});
  node.AddNamespace("web");
  AttachmentRequest request = node.Request("web");
  request.port_mappings = {{8080, 80, "tcp", ""}};
  EXPECT_THAT(
      node.network().Attach(Soon(), request),
      StatusIs(absl::StatusCode::kInternal, "network pods: plugin broken: code 107: no luck"));
  node.ExpectNothingLeft();
}

KERNEL_TEST(PodNetworkKernel, AMissingPluginKeepsNoOtherFromFreeingTheAddress) {
  Node node;
  node.scripts().Add("passing", R"(test "$CNI_COMMAND" = DEL ||
    sed 's/.*"prevResult":\(.*\),"type".*/\1/')");
  node.Configure({kBridge, R"({"type": "passing"})"});
  node.AddNamespace("web");
  ASSERT_THAT(node.Attach("web"), IsOk());
  std::filesystem::remove(node.scripts().path() + "/passing");
  EXPECT_THAT(node.Detach("web"), StatusIs(absl::StatusCode::kUnavailable,
                                           HasSubstr("plugin passing: no such program")));
  EXPECT_THAT(node.Taken(), IsEmpty());
  EXPECT_THAT(node.Cached(), Not(IsEmpty())) << "to be tried again";
}

KERNEL_TEST(PodNetworkKernel, AHangingPluginIsEndedWithItsChildren) {
  Node node;
  node.scripts().Add("hanging", R"(test "$CNI_COMMAND" = DEL && exit 0
    sleep 600 & echo $! $$ > "${0%/*}/pids"; sync; wait)");
  node.Configure({kBridge, R"({"type": "hanging"})"});
  node.AddNamespace("web");
  EXPECT_THAT(node.network().Attach(Call::WithTimeout(absl::Seconds(2)), node.Request("web")),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("plugin hanging: ")));
  const std::vector<std::string> pids =
      absl::StrSplit(absl::StripAsciiWhitespace(node.scripts().Read("pids")), ' ');
  ASSERT_EQ(pids.size(), 2u);
  for (const std::string& text : pids) {
    pid_t pid = 0;
    ASSERT_TRUE(absl::SimpleAtoi(text, &pid));
    // The child's new parent, process 1 of this test, reaps it soon.
    EXPECT_TRUE(Eventually([&] { return kill(pid, 0) == -1; })) << pid;
  }
  node.ExpectNothingLeft();
}

KERNEL_TEST(PodNetworkKernel, ManyPodsAtOnceGetAddressesOfTheirOwn) {
  constexpr size_t kPods = 10;
  Node node;
  for (size_t i = 0; i < kPods; ++i) {
    node.AddNamespace(absl::StrCat("pod", i));
  }
  std::vector<absl::StatusOr<AttachmentResult>> results(kPods);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kPods; ++i) {
    threads.emplace_back([&, i] { results[i] = node.Attach(absl::StrCat("pod", i)); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  std::set<std::string> ips;
  for (const auto& result : results) {
    ASSERT_THAT(result, IsOk());
    ips.insert(result->ips.at(0));
  }
  EXPECT_EQ(ips.size(), kPods);
  threads.clear();
  for (size_t i = 0; i < kPods; ++i) {
    threads.emplace_back([&, i] { EXPECT_THAT(node.Detach(absl::StrCat("pod", i)), IsOk()); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  node.ExpectNothingLeft();
}

KERNEL_TEST(PodNetworkKernel, GarbageCollectionFreesAnOrphansAddress) {
  Node node;
  node.AddNamespace("live");
  node.AddNamespace("orphan");
  ASSERT_OK_AND_ASSIGN(AttachmentResult live, node.Attach("live"));
  ASSERT_THAT(node.Attach("orphan"), IsOk());
  node.Start();
  EXPECT_THAT(node.network().CollectGarbage(Soon(), {"live"}), IsOk());
  EXPECT_EQ(node.Taken(), live.ips);
  EXPECT_THAT(node.Cached(), ElementsAre("pods-live-eth0"));
}

// The daemon is killed while a plugin works; the plugin goes on without it.
KERNEL_TEST(PodNetworkKernel, AKilledDaemonsHalfMadeNetworkIsUndone) {
  Node node;
  node.scripts().Add("slow", R"(test "$CNI_COMMAND" = DEL && exit 0
    echo $$ > "${0%/*}/began"; exec sleep 600)");
  node.Configure({kBridge, R"({"type": "slow"})"});
  node.AddNamespace("web");
  const pid_t daemon = fork();
  if (daemon == 0) {
    (void)node.Attach("web").ok();
    _exit(0);
  }
  ASSERT_TRUE(Eventually(
      [&] { return node.scripts().Has("began") && !node.scripts().Read("began").empty(); }));
  ASSERT_EQ(kill(daemon, SIGKILL), 0);
  ASSERT_EQ(waitpid(daemon, nullptr, 0), daemon);
  EXPECT_EQ(node.Taken().size(), 1u);
  pid_t plugin = 0;
  ASSERT_TRUE(absl::SimpleAtoi(absl::StripAsciiWhitespace(node.scripts().Read("began")), &plugin));
  ASSERT_EQ(kill(plugin, 0), 0);
  node.Start();
  EXPECT_FALSE(std::filesystem::exists(absl::StrCat("/proc/", plugin, "/exe")));
  EXPECT_THAT(node.network().CollectGarbage(Soon(), {}), IsOk());
  node.ExpectNothingLeft();
}

KERNEL_TEST(PodNetworkKernel, RunsTheShippedConfiguration) {
  Node node;
  test::TempDir cache;
  metrics::Metrics metrics;
  // Its addresses lie in /var/lib/cni, which is this test's own.
  std::filesystem::create_directories("/var/lib");
  ASSERT_EQ(mount("tmpfs", "/var/lib", "tmpfs", 0, nullptr), 0);
  auto network = PodNetwork::Create(
      {{absl::StrCat(BERTH_SOURCE_DIR, "/deploy/cni")}, {kPlugins}, cache.path()}, metrics);
  EXPECT_THAT(network->Ready(), IsOk());
  node.AddNamespace("web");
  ASSERT_OK_AND_ASSIGN(AttachmentResult result, network->Attach(Soon(), node.Request("web")));
  sys::Fd listener = ListenIn("/run/netns/web", 80);
  EXPECT_TRUE(CanConnect(result.ips.at(0), 80));
  EXPECT_THAT(network->Detach(Soon(), "web", "/run/netns/web"), IsOk());
}

}  // namespace
}  // namespace berth::runtime
