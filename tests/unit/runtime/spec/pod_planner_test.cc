// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/pod_planner.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/runtime/spec/fake_host_files.h"

namespace berth::runtime {
namespace {

using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class PodPlanner : public ::testing::Test {
 protected:
  PodPlanner() {
    facts_.hostname = "node-1";
    host_.files["/etc/hosts"] = "127.0.0.1 localhost\n";
    host_.files["/etc/resolv.conf"] = "nameserver 10.0.0.2\n";
    config_.set_hostname("web-0");
  }
  absl::StatusOr<PlannedPod> Plan(bool host_uts = false, const std::string& domain_name = "") {
    return PlanPod({.pod_id = "pod",
                    .config = config_,
                    .facts = facts_,
                    .host = host_,
                    .directory = "/run/berth/pods/pod",
                    .cgroup_directories = {"/sys/fs/cgroup/pod"},
                    .dockers_hosts = dockers_hosts_,
                    .host_uts = host_uts,
                    .domain_name = domain_name});
  }
  v1::NamespaceOption& Namespaces() {
    return *config_.mutable_linux()->mutable_security_context()->mutable_namespace_options();
  }

  v1::PodSandboxConfig config_;
  HostFacts facts_;
  FakeHostFiles host_;
  bool dockers_hosts_ = false;
};

TEST_F(PodPlanner, APodHasNamespacesOfItsOwn) {
  ASSERT_OK_AND_ASSIGN(const PlannedPod planned, Plan());
  EXPECT_EQ(planned.plan.pod_id, "pod");
  EXPECT_EQ(planned.plan.directory, "/run/berth/pods/pod");
  EXPECT_TRUE(planned.plan.new_network);
  EXPECT_TRUE(planned.plan.new_ipc);
  EXPECT_TRUE(planned.plan.new_uts);
  EXPECT_TRUE(planned.plan.shared_pid);  // the default of the wire
  EXPECT_EQ(planned.plan.hostname, "web-0");
  EXPECT_EQ(planned.plan.oom_score_adj, -998);
  EXPECT_THAT(planned.plan.cgroup_directories, ElementsAre("/sys/fs/cgroup/pod"));
  EXPECT_EQ(planned.plan.shm_directory, "/run/berth/pods/pod/shm");
  EXPECT_FALSE(planned.host_network);
  EXPECT_EQ(planned.plan.sysctls.size(), 2u);
}

TEST_F(PodPlanner, TheHostsNamespaces) {
  Namespaces().set_network(v1::NODE);
  Namespaces().set_ipc(v1::NODE);
  Namespaces().set_pid(v1::NODE);
  config_.clear_hostname();
  ASSERT_OK_AND_ASSIGN(const PlannedPod planned, Plan());
  EXPECT_TRUE(planned.host_network);
  EXPECT_FALSE(planned.plan.new_network);
  EXPECT_FALSE(planned.plan.new_ipc);
  EXPECT_FALSE(planned.plan.new_uts);
  EXPECT_FALSE(planned.plan.shared_pid);
  EXPECT_EQ(planned.plan.hostname, "");
  EXPECT_EQ(planned.hostname, "node-1\n");
  EXPECT_EQ(planned.hosts, "127.0.0.1 localhost\n");
  EXPECT_EQ(planned.plan.shm_directory, "");
  EXPECT_THAT(planned.plan.sysctls, IsEmpty());
}

TEST_F(PodPlanner, ANameOfItsOwnBesideTheNodesNetwork) {
  Namespaces().set_network(v1::NODE);
  PodInputs inputs = {.pod_id = "pod",
                      .config = config_,
                      .facts = facts_,
                      .host = host_,
                      .directory = "/run/berth/pods/pod",
                      .own_uts = true};
  ASSERT_OK_AND_ASSIGN(PlannedPod planned, PlanPod(inputs));
  EXPECT_FALSE(planned.plan.new_network);
  EXPECT_TRUE(planned.plan.new_uts);
  EXPECT_EQ(planned.plan.hostname, "web-0");
  inputs.own_uts = false;  // what a kubelet asks for
  ASSERT_OK_AND_ASSIGN(planned, PlanPod(inputs));
  EXPECT_FALSE(planned.plan.new_uts);
}

TEST_F(PodPlanner, TheIpcOfAnotherPod) {
  config_.mutable_linux()->mutable_sysctls()->insert({"kernel.shmmax", "1"});
  const PodInputs inputs = {.pod_id = "pod",
                            .config = config_,
                            .facts = facts_,
                            .host = host_,
                            .directory = "/run/berth/pods/pod",
                            .ipc_namespace = "/proc/1/fd/7",
                            .shared_memory = "/proc/1/fd/8"};
  EXPECT_THAT(PlanPod(inputs), test::StatusIs(absl::StatusCode::kInvalidArgument, testing::_));
  config_.mutable_linux()->clear_sysctls();  // it would be the other's
  ASSERT_OK_AND_ASSIGN(const PlannedPod planned, PlanPod(inputs));
  EXPECT_FALSE(planned.plan.new_ipc);
  EXPECT_EQ(planned.plan.ipc_namespace, "/proc/1/fd/7");
  EXPECT_EQ(planned.plan.shared_memory, "/proc/1/fd/8");
  EXPECT_EQ(planned.plan.shm_directory, "/run/berth/pods/pod/shm");
}

TEST_F(PodPlanner, TheNodesNamesBesideANetworkOfItsOwn) {
  config_.clear_hostname();
  ASSERT_OK_AND_ASSIGN(const PlannedPod planned, Plan(/*host_uts=*/true, "example.org"));
  EXPECT_TRUE(planned.plan.new_network);
  EXPECT_FALSE(planned.plan.new_uts);
  EXPECT_EQ(planned.hostname, "node-1\n");
  for (const SysctlPlan& sysctl : planned.plan.sysctls) {
    EXPECT_NE(sysctl.path, "kernel/domainname");  // it would be the node's
  }
}

TEST_F(PodPlanner, ADomainIsTheNamespacesAndOfItsOwnAddresses) {
  ASSERT_OK_AND_ASSIGN(const PlannedPod planned, Plan(/*host_uts=*/false, "example.org"));
  EXPECT_EQ(planned.names, "web-0.example.org web-0");
  EXPECT_EQ(planned.plan.sysctls.back().path, "kernel/domainname");
  EXPECT_EQ(planned.plan.sysctls.back().value, "example.org");
  EXPECT_THAT(Plan(false, "a b"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Plan(false, std::string(65, 'a')), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(PodPlanner, LabelsOfSelinuxAreThoseOfItsInitAndFiles) {
  facts_.selinux = true;
  config_.mutable_linux()->mutable_security_context()->mutable_selinux_options()->set_level(
      "s0:c7,c8");
  ASSERT_OK_AND_ASSIGN(const PlannedPod planned, Plan());
  EXPECT_EQ(planned.plan.selinux_label, "system_u:system_r:container_t:s0:c7,c8");
  EXPECT_EQ(planned.plan.mount_label, "system_u:object_r:container_file_t:s0:c7,c8");
}

TEST_F(PodPlanner, WithoutAHostnameItHasTheNodes) {
  config_.clear_hostname();
  ASSERT_OK_AND_ASSIGN(const PlannedPod planned, Plan());
  EXPECT_EQ(planned.plan.hostname, "node-1");
  EXPECT_EQ(planned.hostname, "node-1\n");
}

TEST_F(PodPlanner, ServersOfTheNodesLoopbackAreNotAPods) {
  host_.files["/etc/resolv.conf"] = "search lan\nnameserver 127.0.0.53\n";
  ASSERT_OK_AND_ASSIGN(PlannedPod planned, Plan());
  EXPECT_EQ(planned.resolv_conf, host_.files["/etc/resolv.conf"]) << "there is no better";
  host_.files["/run/systemd/resolve/resolv.conf"] = "search lan\nnameserver 10.0.0.2\n";
  ASSERT_OK_AND_ASSIGN(planned, Plan());
  EXPECT_EQ(planned.resolv_conf, "search lan\nnameserver 10.0.0.2\n");
  host_.files["/etc/resolv.conf"] = "nameserver 127.0.0.1\nnameserver 10.0.0.3\n";
  ASSERT_OK_AND_ASSIGN(planned, Plan());
  EXPECT_EQ(planned.resolv_conf, "nameserver 10.0.0.3\n");
  Namespaces().set_network(v1::NODE);
  ASSERT_OK_AND_ASSIGN(planned, Plan());
  EXPECT_EQ(planned.resolv_conf, host_.files["/etc/resolv.conf"]) << "it reaches them";
}

TEST_F(PodPlanner, FilesOfThePod) {
  ASSERT_OK_AND_ASSIGN(PlannedPod planned, Plan());
  EXPECT_THAT(planned.hosts, StartsWith("127.0.0.1\tlocalhost\n::1\tlocalhost "));
  EXPECT_THAT(planned.hosts, HasSubstr("\nfe00::1\tip6-allnodes\n"));
  EXPECT_EQ(planned.resolv_conf, "nameserver 10.0.0.2\n");

  config_.mutable_dns_config();  // given, and empty
  ASSERT_OK_AND_ASSIGN(planned, Plan());
  EXPECT_EQ(planned.resolv_conf, "");

  v1::DNSConfig& dns = *config_.mutable_dns_config();
  dns.add_servers("10.96.0.10");
  dns.add_servers("10.96.0.11");
  dns.add_searches("a.svc");
  dns.add_searches("svc");
  dns.add_options("ndots:5");
  dns.add_options("edns0");
  ASSERT_OK_AND_ASSIGN(planned, Plan());
  EXPECT_EQ(planned.resolv_conf,
            "search a.svc svc\nnameserver 10.96.0.10\nnameserver 10.96.0.11\n"
            "options ndots:5 edns0\n");
}

TEST_F(PodPlanner, DockersContainersHaveItsHosts) {
  dockers_hosts_ = true;
  ASSERT_OK_AND_ASSIGN(PlannedPod planned, Plan());
  const std::string hosts = planned.hosts;
  EXPECT_THAT(hosts, StartsWith("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost "));
  EXPECT_THAT(hosts, HasSubstr("\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n"));
  Namespaces().set_network(v1::NODE);
  ASSERT_OK_AND_ASSIGN(planned, Plan());
  EXPECT_EQ(planned.hosts, host_.files["/etc/hosts"]);
  host_.files.clear();
  ASSERT_OK_AND_ASSIGN(planned, Plan());
  EXPECT_EQ(planned.hosts, hosts);
}

TEST_F(PodPlanner, AHostWithoutTheFilesIsNoObstacle) {
  host_.files.clear();
  Namespaces().set_network(v1::NODE);
  ASSERT_OK_AND_ASSIGN(const PlannedPod planned, Plan());
  EXPECT_THAT(planned.hosts, StartsWith("127.0.0.1\tlocalhost\n"));
  EXPECT_EQ(planned.resolv_conf, "");
  host_.files["/etc/hosts"] = std::string(kMaxHostFile + 1, 'x');
  EXPECT_THAT(Plan(), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(PodPlanner, NothingIsSmuggledIntoTheFiles) {
  for (const char* word : {"", "a b", "10.0.0.1\nnameserver 6.6.6.6", "a\tb", "a\x7f"}) {
    for (int field = 0; field < 3; ++field) {
      config_.clear_dns_config();
      v1::DNSConfig& dns = *config_.mutable_dns_config();
      (field == 0   ? dns.add_servers()
       : field == 1 ? dns.add_searches()
                    : dns.add_options())
          ->assign(word);
      EXPECT_THAT(Plan(), StatusIs(absl::StatusCode::kInvalidArgument)) << word << field;
    }
  }
}

TEST_F(PodPlanner, BadHostnamesAreRefused) {
  for (const std::string& hostname : {std::string("a b"), std::string("a\n"), std::string("a/b"),
                                      std::string("a\0b", 3), std::string(65, 'a')}) {
    config_.set_hostname(hostname);
    EXPECT_THAT(Plan(), StatusIs(absl::StatusCode::kInvalidArgument)) << hostname;
  }
  config_.set_hostname(std::string(64, 'a'));
  EXPECT_THAT(Plan(), test::IsOk());
}

TEST_F(PodPlanner, SysctlsOfOtherNamespacesAreRefused) {
  (*config_.mutable_linux()->mutable_sysctls())["kernel.shm_rmid_forced"] = "1";
  ASSERT_OK_AND_ASSIGN(const PlannedPod planned, Plan());
  EXPECT_EQ(planned.plan.sysctls.front().path, "kernel/shm_rmid_forced");
  Namespaces().set_ipc(v1::NODE);
  EXPECT_THAT(Plan(), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(PodPlanner, AUserNamespaceMapsWhatSysctlsSay) {
  v1::UserNamespace& users = *Namespaces().mutable_userns_options();
  users.set_mode(v1::POD);
  EXPECT_THAT(Plan(), StatusIs(absl::StatusCode::kInvalidArgument,
                               StartsWith("user namespace configuration")));
  for (v1::IDMapping* mapping : {users.add_uids(), users.add_gids()}) {
    mapping->set_host_id(100000);
    mapping->set_length(65536);
  }
  ASSERT_OK_AND_ASSIGN(const PlannedPod planned, Plan());
  EXPECT_EQ(planned.plan.ids.first, 100000u);
  EXPECT_EQ(planned.plan.ids.count, 65536u);
  EXPECT_EQ(planned.plan.sysctls.back().path, "net/ipv4/ping_group_range");
  EXPECT_EQ(planned.plan.sysctls.back().value, "100000 165535");
  facts_.user_namespaces = false;
  EXPECT_THAT(Plan(), StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace berth::runtime
