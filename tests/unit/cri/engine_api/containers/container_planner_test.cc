// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_planner.h"

#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

absl::StatusOr<ContainerPlan> Plan(const Json& config, const Json& host_config,
                                   const PodNetworking& networking = {}) {
  EngineContainerRecord record;
  record.id = "c1";
  record.name = "web";
  const absl::StatusOr<ContainerSpec> spec = ParseContainerSpec(config, host_config);
  return spec.ok() ? PlanContainer(record, *spec,
                                   {.directory = "/r/c1",
                                    .mounts = spec->mounts,
                                    .volumes = {{"name", "/vol"}, {"device", "/dir"}},
                                    .mounted_volumes = {"device"},
                                    .networking = networking,
                                    .network_of = networking.joined,
                                    .init = "/usr/bin/init",
                                    .pid_of = "c2"})
                   : spec.status();
}

TEST(ContainerPlanner, TheProcess) {
  const auto plan = Plan({{"Entrypoint", {"sh"}},
                          {"Cmd", {"-c"}},
                          {"User", "1:2"},
                          {"Env", {"A=b"}},
                          {"StopSignal", "SIGINT"},
                          {"Tty", true}},
                         Json::object());
  ASSERT_THAT(plan, test::IsOk());
  EXPECT_THAT(plan->container.command(), ::testing::ElementsAre("sh", "-c"));
  EXPECT_EQ(plan->container.envs(0).value(), "b");
  EXPECT_EQ(plan->image.user, "1:2");
  EXPECT_EQ(plan->image.stop_signal, "SIGINT");
  EXPECT_EQ(plan->container.log_path(), kContainerLog);
  EXPECT_EQ(plan->pod_extras.owner, runtime::PodOwner::kEngine);
  EXPECT_FALSE(plan->container.linux().security_context().masked_paths().empty());
}

TEST(ContainerPlanner, AnInitComesFirstAndFromTheHost) {
  const auto plan = Plan({{"Entrypoint", {"sh"}}, {"Cmd", {"-c"}}},
                         {{"Init", true}, {"GroupAdd", {"video", "7"}}});
  ASSERT_THAT(plan, test::IsOk());
  EXPECT_THAT(plan->container.command(), ::testing::ElementsAre(kInitProgram, "--", "sh", "-c"));
  EXPECT_EQ(plan->container.mounts(0).host_path(), "/usr/bin/init");
  EXPECT_EQ(plan->container.mounts(0).container_path(), kInitProgram);
  EXPECT_TRUE(plan->container.mounts(0).readonly());
  EXPECT_THAT(plan->extras.group_names, ::testing::ElementsAre("video", "7"));
}

TEST(ContainerPlanner, HostConfig) {
  const auto plan =
      Plan(Json::object(), {{"CapAdd", {"CAP_NET_ADMIN"}},
                            {"NanoCpus", 1'500'000'000},
                            {"Memory", 64 << 20},
                            {"PidsLimit", 9},
                            {"Binds", {"/s:/d:ro", "name:/v"}},
                            {"Tmpfs", {{"/t", "size=1m,exec"}}},
                            {"ExtraHosts", {"db:10.0.0.1"}},
                            {"Ulimits", {{{"Name", "nofile"}, {"Soft", 1}, {"Hard", -1}}}},
                            {"Annotations", {{"a/b", "c"}}},
                            {"DeviceCgroupRules", {"c 13:* r"}},
                            {"MaskedPaths", Json::array()},
                            {"SecurityOpt", {"no-new-privileges", "seccomp=unconfined"}}});
  ASSERT_THAT(plan, test::IsOk());
  EXPECT_THAT(plan->pod_extras.hosts, ::testing::ElementsAre("10.0.0.1\tdb"));
  const auto& security = plan->container.linux().security_context();
  EXPECT_EQ(security.capabilities().add_capabilities(0), "NET_ADMIN");
  EXPECT_TRUE(security.no_new_privs());
  EXPECT_TRUE(security.masked_paths().empty());
  EXPECT_EQ(security.seccomp().profile_type(), v1::SecurityProfile::Unconfined);
  const auto& limits = plan->container.linux().resources();
  EXPECT_EQ(limits.cpu_quota(), 150'000);
  EXPECT_EQ(limits.memory_swap_limit_in_bytes(), 128 << 20);
  EXPECT_EQ(limits.unified().at("pids.max"), "9");
  EXPECT_EQ(plan->container.mounts(1).host_path(), "/vol");
  EXPECT_EQ(plan->extras.mounts.at(0).destination, "/t");
  EXPECT_EQ(plan->extras.rlimits.at(0).hard, ~uint64_t{0});
  EXPECT_EQ(plan->container.annotations().at("a/b"), "c");
  EXPECT_EQ(plan->extras.device_access.at(0).major, 13U);
}

TEST(ContainerPlanner, LimitsMayBeNoneAtAll) {
  ResourceSpec spec;
  spec.memory = 8 << 20;
  spec.memory_swap = spec.pids_limit = -1;
  spec.memory_reservation = 7 << 20;
  const auto none = PlanLimits(spec);
  EXPECT_EQ(none.memory_swap_limit_in_bytes(), -1);
  EXPECT_EQ(none.unified().at("pids.max"), "max");
  EXPECT_EQ(none.unified().at("memory.low"), "7340032");
  EXPECT_TRUE(PlanLimits({}).unified().empty());
}

TEST(ContainerPlanner, APartOfAVolumeIsFoundByWhoMountsIt) {
  const auto plan = Plan(Json::object(), {{"Mounts",
                                           {{{"Type", "volume"},
                                             {"Source", "name"},
                                             {"Target", "/p"},
                                             {"ReadOnly", true},
                                             {"VolumeOptions", {{"Subpath", "a/b"}}}}}}});
  ASSERT_THAT(plan, test::IsOk());
  EXPECT_TRUE(plan->container.mounts().empty());
  const runtime::MountPlan& mount = plan->extras.mounts.at(0);
  EXPECT_EQ(mount.source, "/vol");
  EXPECT_EQ(mount.sub_path, "a/b");
  EXPECT_NE(mount.attributes, 0u);
}

TEST(ContainerPlanner, WhoMayHaveTheFilesOfAMount) {
  const auto plan =
      Plan(Json::object(),
           {{"Binds", {"/a:/a:z", "/b:/b:Z", "/c:/c", "name:/v:z", "device:/d:z"}},
            {"Mounts",
             {{{"Type", "volume"}, {"Source", "name"}, {"Target", "/r"}, {"ReadOnly", true}},
              {{"Type", "tmpfs"}, {"Target", "/t"}}}}});
  ASSERT_THAT(plan, test::IsOk());
  EXPECT_THAT(plan->extras.shared_files, ::testing::ElementsAre("/a", "/dir"));
  ASSERT_EQ(plan->extras.own_files.size(), 1u);
  EXPECT_EQ(plan->extras.own_files[0].path, "/vol");
  EXPECT_TRUE(plan->extras.own_files[0].shared);
  for (const v1::Mount& mount : plan->container.mounts()) {
    EXPECT_EQ(mount.selinux_relabel(), mount.container_path() == "/b") << mount.container_path();
  }
}

TEST(ContainerPlanner, ThePodHasTheLabelOfItsContainer) {
  const auto plan = Plan(Json::object(), {{"SecurityOpt", {"label=level:s0:c1,c2"}}});
  ASSERT_THAT(plan, test::IsOk());
  EXPECT_EQ(plan->container.linux().security_context().selinux_options().level(), "s0:c1,c2");
  EXPECT_EQ(plan->pod.linux().security_context().selinux_options().level(), "s0:c1,c2");
  const auto of_node = Plan(Json::object(), {{"PidMode", "host"}});
  ASSERT_THAT(of_node, test::IsOk());
  EXPECT_EQ(of_node->container.linux().security_context().selinux_options().type(), "spc_t");
}

TEST(ContainerPlanner, WhatIsReadOnlyIsSoBelowUnlessItPropagates) {
  const auto plan = Plan(Json::object(), {{"Binds", {"/a:/a:ro", "/b:/b", "/c:/c:ro,rslave"}},
                                          {"Mounts",
                                           {{{"Type", "bind"},
                                             {"Source", "/d"},
                                             {"Target", "/d"},
                                             {"ReadOnly", true},
                                             {"BindOptions", {{"ReadOnlyNonRecursive", true}}}},
                                            {{"Type", "bind"},
                                             {"Source", "/e"},
                                             {"Target", "/e"},
                                             {"ReadOnly", true},
                                             {"BindOptions", {{"NonRecursive", true}}}}}}});
  ASSERT_THAT(plan, test::IsOk());
  ASSERT_EQ(plan->container.mounts_size(), 5);
  EXPECT_TRUE(plan->container.mounts(0).recursive_read_only());
  for (int i = 1; i < 5; ++i) {
    EXPECT_FALSE(plan->container.mounts(i).recursive_read_only()) << i;
  }
  EXPECT_THAT(plan->extras.not_recursive, ::testing::ElementsAre("/e"));
  EXPECT_TRUE(plan->extras.mounts.empty());
}

TEST(ContainerPlanner, AnImageIsMountedByItsId) {
  EngineContainerRecord record;
  MountSpec mount;
  mount.type = MountSpec::Type::kImage;
  mount.source = "web:1";
  mount.image_id = "sha256:1";
  mount.target = "/w";
  mount.subpath = "a";
  mount.read_only = true;
  const auto plan = PlanContainer(record, {}, {.directory = "/r/c1", .mounts = {mount}});
  ASSERT_THAT(plan, test::IsOk());
  ASSERT_EQ(plan->container.mounts_size(), 1);
  const v1::Mount& planned = plan->container.mounts(0);
  EXPECT_EQ(planned.image().image(), "sha256:1");
  EXPECT_EQ(planned.image().user_specified_image(), "web:1");
  EXPECT_EQ(planned.container_path(), "/w");
  EXPECT_EQ(planned.image_sub_path(), "a");
  EXPECT_EQ(planned.host_path(), "");
  EXPECT_TRUE(planned.readonly());
}

TEST(ContainerPlanner, Networks) {
  PodNetworking networking;
  networking.networks = {{"{}", "eth0"}};
  networking.ports = {{80, "udp", "127.0.0.1", 8080}};
  networking.dns_servers = {"172.17.0.1"};
  networking.gateway = "172.17.0.1";
  const auto plan =
      Plan(Json::object(), {{"ExtraHosts", {"node:host-gateway", "six=::1"}}}, networking);
  ASSERT_THAT(plan, test::IsOk());
  EXPECT_EQ(plan->pod_extras.networks, networking.networks);
  EXPECT_FALSE(plan->pod_extras.isolated);
  EXPECT_EQ(plan->pod.port_mappings(0).host_port(), 8080);
  EXPECT_EQ(plan->pod.port_mappings(0).protocol(), v1::UDP);
  EXPECT_EQ(plan->pod.dns_config().servers(0), "172.17.0.1");
  EXPECT_THAT(plan->pod_extras.hosts, ::testing::ElementsAre("172.17.0.1\tnode", "::1\tsix"));
}

TEST(ContainerPlanner, NetworksOfOtherKinds) {
  const auto none =
      Plan(Json::object(), {{"ExtraHosts", {"node:host-gateway"}}}, {.kind = NetworkKind::kNone});
  ASSERT_THAT(none, test::IsOk());
  EXPECT_TRUE(none->pod_extras.isolated);
  EXPECT_TRUE(none->pod_extras.hosts.empty());
  const auto host = Plan(Json::object(), Json::object(), {.kind = NetworkKind::kHost});
  EXPECT_EQ(host->pod.linux().security_context().namespace_options().network(), v1::NODE);
  EXPECT_TRUE(host->pod_extras.own_uts);
  const auto joined =
      Plan(Json::object(), Json::object(), {.kind = NetworkKind::kContainer, .joined = "p1"});
  EXPECT_EQ(joined->pod_extras.network_of, "p1");
  EXPECT_FALSE(joined->pod_extras.isolated);
  EXPECT_TRUE(Plan(Json::object(), Json::object())->pod_extras.isolated);
}

TEST(ContainerPlanner, NamespacesOfOthersAndOfTheNode) {
  const auto usual = Plan({{"Domainname", "example.org"}, {"Hostname", "web"}}, Json::object());
  ASSERT_THAT(usual, test::IsOk());
  EXPECT_EQ(usual->pod.hostname(), "web");
  EXPECT_EQ(usual->pod_extras.domain_name, "example.org");
  EXPECT_EQ(usual->extras.cgroup_namespace, true);
  const auto node = Plan({{"Hostname", "web"}}, {{"UTSMode", "host"}, {"CgroupnsMode", "host"}});
  ASSERT_THAT(node, test::IsOk());
  EXPECT_TRUE(node->pod_extras.host_uts);
  EXPECT_FALSE(node->pod_extras.own_uts);
  EXPECT_EQ(node->pod.hostname(), "");
  EXPECT_EQ(node->extras.cgroup_namespace, false);
  const auto other = Plan(Json::object(), {{"PidMode", "container:c2"}});
  ASSERT_THAT(other, test::IsOk());
  EXPECT_EQ(other->pod.linux().security_context().namespace_options().pid(), v1::CONTAINER);
  const auto& options = other->container.linux().security_context().namespace_options();
  EXPECT_EQ(options.pid(), v1::TARGET);
  EXPECT_EQ(options.target_id(), "c2");
}

TEST(ContainerPlanner, WithoutIpcThereIsNoSharedMemory) {
  const auto masked = [](const char* mode) {
    const auto plan = Plan(Json::object(), {{"IpcMode", mode}});
    EXPECT_THAT(plan, test::IsOk()) << mode;
    const auto& paths = plan->container.linux().security_context().masked_paths();
    return std::count(paths.begin(), paths.end(), "/dev/shm");
  };
  EXPECT_EQ(masked("none"), 1);
  EXPECT_EQ(masked("private"), 0);
  EXPECT_EQ(masked("shareable"), 0);
  EXPECT_THAT(Plan(Json::object(), {{"IpcMode", "none"}, {"Privileged", true}}),
              test::StatusIs(absl::StatusCode::kUnimplemented));
}

TEST(ContainerPlanner, TheIpcOfAnother) {
  EngineContainerRecord record;
  const auto spec = ParseContainerSpec(Json::object(), {{"IpcMode", "container:c2"}});
  ASSERT_THAT(spec, test::IsOk());
  const auto own = PlanContainer(record, *spec, {.directory = "/r/c1", .ipc_of = "p2"});
  ASSERT_THAT(own, test::IsOk());
  EXPECT_EQ(own->pod_extras.ipc_of, "p2");
  EXPECT_EQ(own->pod.linux().security_context().namespace_options().ipc(), v1::POD);
  const auto hosts = PlanContainer(record, *spec, {.directory = "/r/c1", .ipc_is_hosts = true});
  ASSERT_THAT(hosts, test::IsOk());
  EXPECT_EQ(hosts->pod_extras.ipc_of, "");
  EXPECT_EQ(hosts->pod.linux().security_context().namespace_options().ipc(), v1::NODE);
}

TEST(ContainerPlanner, WhatWeDoNotHaveIsSaid) {
  for (const char* mode : {"UTSMode", "CgroupnsMode"}) {
    EXPECT_EQ(Plan(Json::object(), {{mode, "container:x"}}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << mode;
  }
  EXPECT_THAT(
      Plan(Json::object(), {{"IpcMode", "odd"}}),
      test::StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("IPC mode: odd")));
  for (const Json& bad :
       {Json({{"SecurityOpt", {"odd=1"}}}), Json({{"SecurityOpt", {"label=odd"}}}),
        Json({{"ExtraHosts", {"x"}}}), Json({{"ExtraHosts", {"x:1\r"}}}),
        Json({{"Ulimits", {{{"Name", "odd"}}}}})}) {
    EXPECT_THAT(Plan(Json::object(), bad), test::StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace berth::cri
