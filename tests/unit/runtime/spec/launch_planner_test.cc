// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/launch_planner.h"

#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "runtime/spec/capabilities.h"
#include "runtime/spec/mount_attributes.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/runtime/spec/fake_host_files.h"

namespace berth::runtime {
namespace {

using test::StatusIs;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LaunchPlanner : public ::testing::Test {
 protected:
  LaunchPlanner() {
    facts_.hostname = "node-1";
    facts_.cgroup_mounts = {{"", "cgroup2", {}}};
    pod_.set_hostname("web-0");
    image_.entrypoint = {"/server"};
    image_.command = {"--listen"};
    image_.environment = {"A=1"};
    image_.working_directory = "/srv";
    image_.user = "app";
    image_.stop_signal = "SIGQUIT";
    root_ = {{"/l/2", "/l/1"}, "/u", "/w"};
    read_file_ = ImageFiles({{"/etc/passwd", "app:x:1000:1000::/home/app:/bin/sh\n"}});
  }

  absl::StatusOr<PlannedLaunch> Plan() {
    return PlanLaunch({.container_id = "c1",
                       .pod = pod_,
                       .container = container_,
                       .image = image_,
                       .root = root_,
                       .image_volumes = image_volumes_,
                       .read_file = read_file_,
                       .facts = facts_,
                       .host = host_,
                       .seccomp = seccomp_,
                       .files = {"/p/hosts", "/p/hostname", "/p/resolv.conf", "/p/shm"},
                       .cgroup_directories = {"/sys/fs/cgroup/pod/c1"},
                       .oom_file = "/sys/fs/cgroup/pod/c1/memory.events",
                       .log_path = "/var/log/pods/x/0.log",
                       .pid_target = pid_target_,
                       .bundle = "/p/bundle",
                       .extras = extras_,
                       .by_runtime = by_runtime_});
  }
  v1::LinuxContainerSecurityContext& Security() {
    return *container_.mutable_linux()->mutable_security_context();
  }

  ContainerExtras extras_;
  bool by_runtime_ = false;
  v1::PodSandboxConfig pod_;
  v1::ContainerConfig container_;
  ContainerImage image_;
  ContainerRoot root_;
  std::map<std::string, ContainerRoot> image_volumes_;
  RootFileReader read_file_;
  HostFacts facts_;
  FakeHostFiles host_;
  SeccompCompiler seccomp_;
  std::string pid_target_;
};

TEST_F(LaunchPlanner, AContainerThatAsksForNothing) {
  ASSERT_OK_AND_ASSIGN(const PlannedLaunch planned, Plan());
  const LaunchPlan& plan = planned.plan;
  EXPECT_EQ(plan.container_id, "c1");
  EXPECT_THAT(plan.cgroup_directories, ElementsAre("/sys/fs/cgroup/pod/c1"));
  EXPECT_EQ(plan.oom_file, "/sys/fs/cgroup/pod/c1/memory.events");
  EXPECT_EQ(plan.log_path, "/var/log/pods/x/0.log");
  EXPECT_EQ(plan.pid_namespace, PidNamespace::kPod);
  EXPECT_TRUE(plan.cgroup_namespace);
  EXPECT_FALSE(plan.open_stdin);
  EXPECT_THAT(plan.root.lower, ElementsAre("/l/2", "/l/1"));
  EXPECT_EQ(plan.root.upper, "/u");
  EXPECT_EQ(plan.root.work, "/w");
  EXPECT_FALSE(plan.root.read_only);
  EXPECT_EQ(plan.devices.size(), 6u);
  EXPECT_THAT(plan.masked_paths, Contains("/proc/kcore"));

  const ProcessPlan& process = plan.process;
  EXPECT_THAT(process.arguments, ElementsAre("/server", "--listen"));
  EXPECT_THAT(process.environment, Contains("A=1"));
  EXPECT_THAT(process.environment, Contains("HOSTNAME=web-0"));
  EXPECT_THAT(process.environment, Contains("HOME=/home/app"));
  EXPECT_EQ(process.working_directory, "/srv");
  EXPECT_EQ(process.uid, 1000u);
  EXPECT_EQ(process.gid, 1000u);
  EXPECT_THAT(process.groups, ElementsAre(1000));
  EXPECT_EQ(process.capabilities.bounding, DefaultCapabilities());
  EXPECT_FALSE(process.no_new_privileges);
  EXPECT_EQ(process.seccomp_program, "");
  EXPECT_EQ(process.oom_score_adj, 0);
  EXPECT_FALSE(process.terminal);
  EXPECT_FALSE(process.rlimits.empty());
  EXPECT_EQ(planned.stop_signal, v1::SIGNAL_SIGQUIT);
  EXPECT_FALSE(planned.device_access.empty());
}

TEST_F(LaunchPlanner, WhatARequestSaysIsPlanned) {
  container_.set_tty(true);
  container_.set_stdin(true);
  container_.set_stop_signal(v1::SIGNAL_SIGUSR1);
  container_.mutable_linux()->mutable_resources()->set_oom_score_adj(-997);
  Security().set_readonly_rootfs(true);
  Security().set_no_new_privs(true);
  Security().mutable_seccomp()->set_profile_type(v1::SecurityProfile::RuntimeDefault);
  Security().mutable_namespace_options()->set_pid(v1::CONTAINER);
  ASSERT_OK_AND_ASSIGN(const PlannedLaunch planned, Plan());
  EXPECT_TRUE(planned.plan.process.terminal);
  EXPECT_THAT(planned.plan.process.environment, Contains("TERM=xterm"));
  EXPECT_TRUE(planned.plan.open_stdin);
  EXPECT_EQ(planned.stop_signal, v1::SIGNAL_SIGUSR1);
  EXPECT_EQ(planned.plan.process.oom_score_adj, -997);
  EXPECT_TRUE(planned.plan.root.read_only);
  EXPECT_TRUE(planned.plan.process.no_new_privileges);
  EXPECT_FALSE(planned.plan.process.seccomp_program.empty());
  EXPECT_EQ(planned.plan.process.seccomp_flags, 4u);
  EXPECT_EQ(planned.plan.pid_namespace, PidNamespace::kPrivate);
  EXPECT_THAT(planned.plan.masked_paths, IsEmpty());  // its own, empty list
}

TEST_F(LaunchPlanner, PrivilegedNeedsAPrivilegedPod) {
  Security().set_privileged(true);
  host_.devices["/dev"] = {};
  EXPECT_THAT(Plan(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("privileged pod")));
  pod_.mutable_linux()->mutable_security_context()->set_privileged(true);
  Security().mutable_seccomp()->set_profile_type(v1::SecurityProfile::RuntimeDefault);
  ASSERT_OK_AND_ASSIGN(const PlannedLaunch planned, Plan());
  EXPECT_FALSE(planned.plan.cgroup_namespace);
  EXPECT_EQ(planned.plan.process.seccomp_program, "");
  EXPECT_NE(planned.plan.process.capabilities.bounding, DefaultCapabilities());
  EXPECT_THAT(planned.plan.masked_paths, IsEmpty());
  EXPECT_THAT(planned.plan.read_only_paths, IsEmpty());
  ASSERT_EQ(planned.device_access.size(), 1u);
}

TEST_F(LaunchPlanner, ATargetMustBeFound) {
  Security().mutable_namespace_options()->set_pid(v1::TARGET);
  EXPECT_THAT(Plan(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("target_id")));
  pid_target_ = "c0";
  ASSERT_OK_AND_ASSIGN(const PlannedLaunch planned, Plan());
  EXPECT_EQ(planned.plan.pid_namespace, PidNamespace::kTarget);
  EXPECT_EQ(planned.plan.pid_target, "c0");
}

TEST_F(LaunchPlanner, NothingIsMadeInADevOfTheHost) {
  v1::Mount* mount = container_.add_mounts();
  mount->set_host_path("/dev");
  mount->set_container_path("/dev");
  ASSERT_OK_AND_ASSIGN(const PlannedLaunch planned, Plan());
  EXPECT_THAT(planned.plan.devices, IsEmpty());
  EXPECT_THAT(planned.plan.symlinks, IsEmpty());
  EXPECT_FALSE(planned.device_access.empty());
}

TEST_F(LaunchPlanner, ADevOfTheExtrasIsTheNodesUnlessItIsNew) {
  extras_.mounts.resize(1);
  extras_.mounts[0].source = "/volume";
  extras_.mounts[0].destination = "/dev";
  ASSERT_OK_AND_ASSIGN(PlannedLaunch planned, Plan());
  EXPECT_THAT(planned.plan.devices, IsEmpty());
  extras_.mounts[0].kind = MountKind::kFilesystem;
  extras_.mounts[0].source = "tmpfs";
  ASSERT_OK_AND_ASSIGN(planned, Plan());
  EXPECT_FALSE(planned.plan.devices.empty());
}

TEST_F(LaunchPlanner, ABindThatIsNotRecursiveIsCheckedAsOthers) {
  host_.propagations["/data"] = {.shared = true};
  for (const char* path : {"/dev", "/data"}) {
    v1::Mount* mount = container_.add_mounts();
    mount->set_host_path(path);
    mount->set_container_path(path);
    extras_.not_recursive.insert(path);
  }
  container_.mutable_mounts(1)->set_propagation(v1::PROPAGATION_BIDIRECTIONAL);
  ASSERT_OK_AND_ASSIGN(const PlannedLaunch planned, Plan());
  EXPECT_THAT(planned.plan.devices, IsEmpty());
  EXPECT_EQ(planned.plan.root_propagation, kPropagationShared);
  for (const MountPlan& mount : planned.plan.mounts) {
    EXPECT_FALSE(extras_.not_recursive.count(mount.destination) > 0 && mount.recursive);
  }
  host_.propagations.clear();
  EXPECT_THAT(Plan().status(), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(LaunchPlanner, Version1CgroupsAreReadOnlyAfterTheListOfTheRequest) {
  facts_.cgroup_mounts = {{"memory", "cgroup", {{"memory", ""}}}};
  Security().add_readonly_paths("/proc/sys");
  ASSERT_OK_AND_ASSIGN(const PlannedLaunch planned, Plan());
  EXPECT_THAT(planned.plan.read_only_paths, ElementsAre("/proc/sys", "/sys/fs/cgroup"));
}

TEST_F(LaunchPlanner, RefusesWhatCannotBe) {
  container_.mutable_linux()->mutable_resources()->set_oom_score_adj(1001);
  EXPECT_THAT(Plan(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("oom_score_adj")));
  container_.clear_linux();
  image_.user = "nobody";
  EXPECT_THAT(Plan(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("nobody")));
  image_.user = "";
  image_.entrypoint.clear();
  image_.command.clear();
  EXPECT_THAT(Plan(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no command")));
  container_.add_command("sh");
  Security().mutable_namespace_options()->mutable_userns_options()->set_mode(v1::POD);
  EXPECT_THAT(Plan(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("user namespace")));
  Security().clear_namespace_options();
  EXPECT_THAT(Plan(), test::IsOk());
}

TEST_F(LaunchPlanner, TheUserNamespaceIsThePods) {
  v1::NamespaceOption& pod =
      *pod_.mutable_linux()->mutable_security_context()->mutable_namespace_options();
  pod.mutable_userns_options()->set_mode(v1::POD);
  for (v1::IDMapping* mapping :
       {pod.mutable_userns_options()->add_uids(), pod.mutable_userns_options()->add_gids()}) {
    mapping->set_host_id(100000);
    mapping->set_length(1001);
  }
  EXPECT_THAT(Plan(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("that of its pod")));
  *Security().mutable_namespace_options() = pod;
  ASSERT_OK_AND_ASSIGN(const PlannedLaunch planned, Plan());
  for (const MountPlan& mount : planned.plan.mounts) {
    EXPECT_EQ(mount.mapped_ids, mount.destination.starts_with("/etc/")) << mount.destination;
  }
  Security().mutable_run_as_user()->set_value(1001);
  EXPECT_THAT(Plan(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("1001")));
}

TEST_F(LaunchPlanner, ThePlanSurvivesItsEncoding) {
  image_volumes_["/img"] = {{"/l/2", "/l/1"}, "", ""};
  v1::Mount* mount = container_.add_mounts();
  mount->mutable_image()->set_image("x");
  mount->set_container_path("/img");
  mount->set_readonly(true);
  mount->set_image_sub_path("usr");
  ASSERT_OK_AND_ASSIGN(const PlannedLaunch planned, Plan());
  const std::string bytes = Encode(planned.plan);
  const sys::ErrnoOr<LaunchPlan> decoded = DecodeLaunchPlan(bytes.data(), bytes.size());
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(Encode(*decoded), bytes);
  const auto image = std::find_if(decoded->mounts.begin(), decoded->mounts.end(),
                                  [](const MountPlan& m) { return m.destination == "/img"; });
  ASSERT_NE(image, decoded->mounts.end());
  EXPECT_EQ(image->kind, MountKind::kOverlay);
  EXPECT_THAT(image->lower, ElementsAre("/l/2", "/l/1"));
  EXPECT_EQ(image->sub_path, "usr");
}

TEST_F(LaunchPlanner, LabelsOfSelinuxReachProcessAndMounts) {
  facts_.selinux = true;
  facts_.cgroup_mounts = {{"memory", "cgroup", {}}};  // on a tmpfs of ours
  pod_.mutable_linux()->mutable_security_context()->mutable_selinux_options()->set_level(
      "s0:c7,c8");
  Security().mutable_selinux_options()->set_type("app_t");
  extras_.mounts.resize(1);
  extras_.mounts[0].kind = MountKind::kFilesystem;
  extras_.mounts[0].source = "tmpfs";
  extras_.mounts[0].destination = "/t";
  extras_.shared_files = {"/data"};
  extras_.own_files = {{"/cache", true}, {"/secret", false}};
  host_.sources["/data"] = "/srv/data";
  const auto planned = Plan();
  ASSERT_THAT(planned, test::IsOk());
  EXPECT_EQ(planned->plan.process.selinux_label, "system_u:system_r:app_t:s0:c7,c8");
  EXPECT_EQ(planned->plan.mount_label, "system_u:object_r:container_file_t:s0:c7,c8");
  const auto labelled = std::count_if(
      planned->plan.mounts.begin(), planned->plan.mounts.end(), [&](const MountPlan& mount) {
        return std::any_of(mount.options.begin(), mount.options.end(), [&](const auto& option) {
          return option.key == "context" && option.value == planned->plan.mount_label;
        });
      });
  EXPECT_EQ(labelled, 2);
  EXPECT_EQ(host_.relabelled["/srv/data"], "system_u:object_r:container_file_t:s0");
  EXPECT_EQ(host_.labelled["/cache"], "system_u:object_r:container_file_t:s0");
  EXPECT_EQ(host_.labelled["/secret"], planned->plan.mount_label);
  host_.relabelled.clear();
  host_.labelled.clear();
  facts_.selinux = false;
  pod_.mutable_linux()->mutable_security_context()->clear_selinux_options();
  Security().clear_selinux_options();
  ASSERT_THAT(Plan(), test::IsOk());
  EXPECT_TRUE(host_.relabelled.empty());
  EXPECT_TRUE(host_.labelled.empty());
}

TEST_F(LaunchPlanner, ExtrasAddGroupsAndGiveDevicesToTheUser) {
  extras_.groups = {44, 1000, 44};
  extras_.devices.resize(2);
  extras_.devices[0].node.path = "/dev/theirs";
  extras_.devices[0].users = extras_.devices[0].groups = true;
  extras_.devices[1].node.path = "/dev/roots";
  extras_.devices[1].access = "";
  extras_.device_access = {{true, 'c', 13, std::nullopt, "r"}};
  const auto planned = Plan();
  ASSERT_THAT(planned, test::IsOk());
  EXPECT_THAT(planned->plan.process.groups, ElementsAre(1000, 44));
  extras_.group_names = {"7"};
  EXPECT_THAT(Plan()->plan.process.groups, ElementsAre(1000, 7, 44));
  const std::vector<DevicePlan>& devices = planned->plan.devices;
  ASSERT_GE(devices.size(), 2u);
  EXPECT_EQ(devices[devices.size() - 2].uid, 1000u);
  EXPECT_EQ(devices[devices.size() - 2].gid, 1000u);
  EXPECT_EQ(devices.back().uid, 0u);
  EXPECT_EQ(devices.back().gid, 0u);
  const std::vector<DeviceAccess>& access = planned->device_access;
  EXPECT_EQ(access[access.size() - 2].access, "rwm");  // of the first: the other has none
  EXPECT_EQ(access.back().major, 13u);
}

TEST_F(LaunchPlanner, HooksBringABundle) {
  extras_.hooks = {{"/usr/bin/hook", {"hook"}, {}}};
  const auto planned = Plan();
  ASSERT_THAT(planned, test::IsOk());
  ASSERT_EQ(planned->plan.hooks.size(), 1u);
  EXPECT_EQ(planned->plan.bundle, "/p/bundle");
  EXPECT_THAT(planned->plan.hook_state, HasSubstr("\"c1\""));
}

TEST_F(LaunchPlanner, LeavesTheFilterToARuntime) {
  Security().mutable_seccomp()->set_profile_type(v1::SecurityProfile::RuntimeDefault);
  by_runtime_ = true;
  const PlannedLaunch planned = Plan().value();
  EXPECT_EQ(planned.plan.process.seccomp_program, "");
  EXPECT_TRUE(planned.seccomp.has_value());
}

}  // namespace
}  // namespace berth::runtime
