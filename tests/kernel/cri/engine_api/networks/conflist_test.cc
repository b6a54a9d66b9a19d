// SPDX-License-Identifier: Apache-2.0
#include <net/if.h>
#include <sys/mount.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "base/command.h"
#include "cri/engine_api/engine_database.h"
#include "cri/engine_api/networks/network_registry.h"
#include "cri/engine_api/networks/network_request.h"
#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/kernel_test.h"

// The registry over real pods with Debian's containernetworking-plugins, in namespaces of the
// test's own that play the host.
namespace berth::cri {
namespace {

using test::IsOk;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Run(const std::vector<std::string>& arguments) {
  Command command;
  command.arguments = arguments;
  command.environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  const auto result = RunCommand(Call::WithTimeout(absl::Seconds(30)), command);
  return result.ok() ? result->out + result->err : "";
}

class Site : public runtime::RuntimeFixture {
 public:
  Site() {
    EXPECT_EQ(mount("tmpfs", "/run", "tmpfs", 0, nullptr), 0);  // for xtables' lock
    OpenAll();
  }

  void OpenAll() {
    networks.reset();
    database.reset();
    RuntimeFixture::Open();
    database = *EngineDatabase::Open(dir().Join("engine.db"));
    NetworkOptions options;
    options.root = dir_path();
    options.bridge = "berth-docker0";
    options.bridge_subnet = "10.97.0.0/16";
    options.address_pools = {"10.98.0.0/15:16"};
    options.names.resolv_conf = dir().Write("resolv.conf", "");
    networks = *NetworkRegistry::Open(*database, runtime(), options);
  }

  Network Make(const std::string& body) {
    const auto made = networks->Create(*ReadNetworkRequest(*ParseJson(body, 1000)));
    EXPECT_THAT(made, IsOk());
    return made.value_or(Network());
  }

  // What a container engine does to start a container of that id; the pod's id.
  std::string StartPod(const std::string& id, const std::string& body) {
    auto networking = *ReadContainerNetworking(*ParseJson(body, 1000));
    networking.container_id = networking.name = id;
    EXPECT_THAT(networks->Add(networking), IsOk());
    const auto plan = networks->PlanStart(Call(), id);
    EXPECT_THAT(plan, IsOk());
    runtime::v1::PodSandboxConfig config = PodConfig(id);
    config.set_hostname(id);
    config.mutable_linux()->mutable_security_context()->mutable_namespace_options()->set_network(
        runtime::v1::POD);
    for (const std::string& server : plan->dns_servers) {
      config.mutable_dns_config()->add_servers(server);
    }
    for (const PublishedPort& port : plan->ports) {
      runtime::v1::PortMapping& mapping = *config.add_port_mappings();
      mapping.set_container_port(port.container_port);
      mapping.set_host_port(port.host_port);
    }
    runtime::PodExtras extras;
    extras.networks = plan->networks;
    const auto pod = runtime().RunPod(Soon(), config, "", extras);
    EXPECT_THAT(pod, IsOk());
    EXPECT_THAT(networks->Started(id, pod.value_or("")), IsOk());
    return pod.value_or("");
  }

  // What a script says in a container of the pod.
  std::string Say(const std::string& pod, const std::string& script) {
    const std::string id = Start(pod, absl::StrCat("say", ++said_), script);
    AwaitExit(id);
    return Log(id);
  }

  std::unique_ptr<EngineDatabase> database;
  std::unique_ptr<NetworkRegistry> networks;

 private:
  int said_ = 0;
};

std::string LookUp(const std::string& name) {
  return absl::StrCat("set -- $(cat /etc/resolv.conf); /bin/busybox nslookup ", name, " $2 2>&1");
}

KERNEL_TEST(Conflist, PodsFindEachOtherAndLeaveNothing) {
  Site t;
  const Network front = t.Make(R"({"Name":"front"})");
  const Network back = t.Make(R"({"Name":"back","Internal":true})");
  const std::string web =
      t.StartPod("web", R"({"HostConfig":{"NetworkMode":"front","PortBindings":{"80/tcp":[{}]}},
        "NetworkingConfig":{"EndpointsConfig":{"front":{"Aliases":["www"],
        "IPAMConfig":{"IPv4Address":"10.98.0.77"}}}}})");
  t.Start(web, "httpd",
          "mkdir /w; echo hello > /w/index.html; exec /bin/busybox httpd -f -p 80 -h /w");
  const std::string client = t.StartPod("client", R"({"HostConfig":{"NetworkMode":"front"}})");
  EXPECT_THAT(t.Say(client, LookUp("web")), HasSubstr("10.98.0.77"));
  EXPECT_THAT(t.Say(client, LookUp("www")), HasSubstr("10.98.0.77"));
  EXPECT_THAT(t.Say(client, LookUp("10.98.0.77")), HasSubstr("web.front"));

  const std::string fetch =
      "for i in $(/bin/busybox seq 50); do /bin/busybox wget -q -O - http://$A/ && exit; "
      "/bin/busybox usleep 100000; done";
  EXPECT_THAT(t.Say(client, "A=10.98.0.77; " + fetch), HasSubstr("hello"));
  const Json ports = t.networks->Settings("web")["Ports"];
  const std::string port = ports["80/tcp"][0]["HostPort"].get<std::string>();
  EXPECT_EQ(Run({"/usr/bin/busybox", "wget", "-q", "-O", "-", "http://127.0.0.1:" + port + "/"}),
            "hello\n");

  // Another network is out of reach, until the client is in it.
  const std::string db = t.StartPod("db", R"({"HostConfig":{"NetworkMode":"back"}})");
  t.Start(db, "httpd",
          "mkdir /w; echo data > /w/index.html; exec /bin/busybox httpd -f -p 80 -h /w");
  const std::string db_address =
      t.networks->Settings("db")["Networks"]["back"]["IPAddress"].get<std::string>();
  EXPECT_THAT(t.Say(client, LookUp("db")), Not(HasSubstr(db_address)));
  EXPECT_THAT(t.Say(client, "/bin/busybox wget -T 2 -O - http://" + db_address + "/ 2>&1"),
              Not(HasSubstr("data")));
  EXPECT_THAT(t.networks->Connect(Call(), "back", "client", {}), IsOk());
  EXPECT_THAT(t.Say(client, LookUp("db")), HasSubstr(db_address));
  EXPECT_THAT(t.Say(client, "A=" + db_address + "; " + fetch), HasSubstr("data"));

  // A new daemon goes on.
  t.OpenAll();
  for (const auto& [id, pod] : {std::pair("web", web), {"client", client}, {"db", db}}) {
    EXPECT_THAT(t.networks->Started(id, pod), IsOk());
  }
  EXPECT_THAT(t.Say(client, LookUp("www")), HasSubstr("10.98.0.77"));
  EXPECT_THAT(t.networks->Disconnect(Call(), "back", "client"), IsOk());
  EXPECT_THAT(t.Say(client, LookUp("db")), Not(HasSubstr(db_address)));

  for (const auto& [id, pod] : {std::pair("web", web), {"client", client}, {"db", db}}) {
    EXPECT_THAT(t.runtime().RemovePod(t.Soon(), pod), IsOk());
    t.networks->Forget(id);
  }
  for (const Network& network : {front, back}) {
    EXPECT_THAT(t.networks->Remove(Call(), network.name), IsOk());
    EXPECT_EQ(if_nametoindex(network.bridge().c_str()), 0u);
  }
  EXPECT_THAT(Run({"/usr/sbin/iptables-save"}), Not(HasSubstr("10.98.")));
  EXPECT_THAT(Run({"/usr/sbin/iptables-save"}), Not(HasSubstr("br-")));
  EXPECT_THAT(Run({"/usr/sbin/ip", "-o", "link", "show", "type", "veth"}), "");
  t.ExpectNothingLeft();
}

}  // namespace
}  // namespace berth::cri
