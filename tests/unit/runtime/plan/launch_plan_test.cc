// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/launch_plan.h"

#include <cerrno>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "runtime/plan/plan_header.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;

ProcessPlan FullProcess() {
  ProcessPlan process;
  process.arguments = {"sh", "-c", ""};
  process.environment = {"A=b", "C="};
  process.working_directory = "/work";
  process.uid = 1000;
  process.gid = 1001;
  process.groups = {1001, 7};
  process.capabilities = {
      .bounding = 1, .effective = 2, .permitted = uint64_t{1} << 40, .ambient = 4};
  process.no_new_privileges = true;
  process.rlimits = {{7, 10, ~uint64_t{0}}};
  process.seccomp_program = std::string("\0\1\2", 3);
  process.seccomp_flags = 4;
  process.apparmor_profile = "profile";
  process.selinux_label = "label";
  process.oom_score_adj = -998;
  process.terminal = true;
  return process;
}

ProgramPlan FullProgram() {
  return {.arguments = {"/usr/bin/crun", "run"},
          .environment = {"PATH=/bin"},
          .directory = "/run/bundle",
          .log = "/run/bundle/log",
          .pid_file = "/run/bundle/pid",
          .console = "console",
          .cgroup_directories = {"/cg/unified/x"},
          .narrowed_directory = "/cg",
          .visible_mounts = {"/cg/memory"}};
}

LaunchPlan FullLaunch() {
  LaunchPlan plan;
  plan.container_id = "container";
  plan.cgroup_directories = {"/cg/memory/x", "/cg/unified/x"};
  plan.oom_file = "/cg/memory/x/memory.oom_control";
  plan.log_path = "/var/log/pods/x/0.log";
  plan.pid_namespace = PidNamespace::kTarget;
  plan.pid_target = "other";
  plan.cgroup_namespace = false;
  plan.open_stdin = true;
  plan.program = FullProgram();
  plan.bundle = "/run/berth/pods/pod/bundle";
  plan.root = {.lower = {"/l1", "/l2"},
               .upper = "/u",
               .work = "/w",
               .read_only = true,
               .is_volatile = false};
  plan.mount_label = "u:r:t:s0";
  plan.root_propagation = 1;
  MountPlan mount;
  mount.kind = MountKind::kOverlay;
  mount.source = "tmpfs";
  mount.destination = "/dev/shm";
  mount.options = {{"size", "64k"}, {"flag", ""}};
  mount.lower = {"/a", "/b"};
  mount.sub_path = "sub";
  mount.attributes = 1;
  mount.clear_attributes = 2;
  mount.propagation = 3;
  mount.recursive = true;
  mount.recursive_attributes = true;
  mount.optional = true;
  mount.mapped_ids = true;
  plan.mounts = {mount, {}};
  plan.devices = {{"/dev/x", "/dev/y", true, 8, 1, 0660, 1, 2}};
  plan.symlinks = {{"/dev/fd", "/proc/self/fd"}};
  plan.hooks = {{"/usr/bin/hook", {"hook", "argument"}, {"A=b"}, 7}};
  plan.hook_state = R"({"pid":)";
  plan.masked_paths = {"/proc/kcore"};
  plan.read_only_paths = {"/proc/sys"};
  plan.process = FullProcess();
  return plan;
}

PodPlan FullPod() {
  PodPlan pod;
  pod.pod_id = "pod";
  pod.directory = "/run/berth/pods/pod";
  pod.new_network = false;
  pod.network_namespace = "/proc/1/ns/net";
  pod.new_ipc = false;
  pod.ipc_namespace = "/proc/1/fd/7";
  pod.shared_memory = "/proc/1/fd/8";
  pod.new_uts = false;
  pod.shared_pid = true;
  pod.hostname = "host";
  pod.shm_directory = "/run/berth/pods/pod/shm";
  pod.shm_size = 1 << 30;
  pod.selinux_label = "u:r:p:s1";
  pod.mount_label = "u:r:t:s1";
  pod.sysctls = {{"net/ipv4/ip_forward", "1"}};
  pod.cgroup_directories = {"/cg/p"};
  pod.oom_score_adj = 5;
  pod.ids = {100000, 65536};
  return pod;
}

void ExpectProgram(const ProgramPlan& program) {
  const ProgramPlan full = FullProgram();
  EXPECT_EQ(program.arguments, full.arguments);
  EXPECT_EQ(program.environment, full.environment);
  EXPECT_EQ(program.directory, full.directory);
  EXPECT_EQ(program.log, full.log);
  EXPECT_EQ(program.pid_file, full.pid_file);
  EXPECT_EQ(program.console, full.console);
  EXPECT_EQ(program.narrowed_directory, full.narrowed_directory);
  EXPECT_EQ(program.visible_mounts, full.visible_mounts);
}

void ExpectProcess(const ProcessPlan& process) {
  const ProcessPlan full = FullProcess();
  EXPECT_EQ(process.arguments, full.arguments);
  EXPECT_EQ(process.environment, full.environment);
  EXPECT_EQ(process.working_directory, full.working_directory);
  EXPECT_EQ(process.uid, full.uid);
  EXPECT_EQ(process.gid, full.gid);
  EXPECT_EQ(process.groups, full.groups);
  EXPECT_EQ(process.capabilities.bounding, full.capabilities.bounding);
  EXPECT_EQ(process.capabilities.effective, full.capabilities.effective);
  EXPECT_EQ(process.capabilities.permitted, full.capabilities.permitted);
  EXPECT_EQ(process.capabilities.ambient, full.capabilities.ambient);
  EXPECT_EQ(process.no_new_privileges, full.no_new_privileges);
  ASSERT_EQ(process.rlimits.size(), 1u);
  EXPECT_EQ(process.rlimits[0].resource, 7u);
  EXPECT_EQ(process.rlimits[0].soft, 10u);
  EXPECT_EQ(process.rlimits[0].hard, ~uint64_t{0});
  EXPECT_EQ(process.seccomp_program, full.seccomp_program);
  EXPECT_EQ(process.seccomp_flags, full.seccomp_flags);
  EXPECT_EQ(process.apparmor_profile, full.apparmor_profile);
  EXPECT_EQ(process.selinux_label, full.selinux_label);
  EXPECT_EQ(process.oom_score_adj, full.oom_score_adj);
  EXPECT_EQ(process.terminal, full.terminal);
}

TEST(LaunchPlan, KeepsWhatTheShimExecutes) {
  const std::string bytes = Encode(FullLaunch());
  sys::ErrnoOr<LaunchPlan> plan = DecodeLaunchPlan(bytes.data(), bytes.size());
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->container_id, "container");
  EXPECT_THAT(plan->cgroup_directories, ElementsAre("/cg/memory/x", "/cg/unified/x"));
  EXPECT_EQ(plan->oom_file, "/cg/memory/x/memory.oom_control");
  EXPECT_EQ(plan->log_path, "/var/log/pods/x/0.log");
  EXPECT_EQ(plan->pid_namespace, PidNamespace::kTarget);
  EXPECT_EQ(plan->pid_target, "other");
  EXPECT_FALSE(plan->cgroup_namespace);
  EXPECT_TRUE(plan->open_stdin);
  ExpectProgram(plan->program);
  EXPECT_THAT(plan->program.cgroup_directories, ElementsAre("/cg/unified/x"));
  EXPECT_EQ(plan->bundle, "/run/berth/pods/pod/bundle");
}

TEST(LaunchPlan, KeepsWhatTheContainerExecutes) {
  const std::string bytes = Encode(FullLaunch());
  sys::ErrnoOr<LaunchPlan> plan = DecodeLaunchPlan(bytes.data(), bytes.size());
  ASSERT_TRUE(plan.ok());
  EXPECT_THAT(plan->root.lower, ElementsAre("/l1", "/l2"));
  EXPECT_EQ(plan->root.upper, "/u");
  EXPECT_EQ(plan->root.work, "/w");
  EXPECT_TRUE(plan->root.read_only);
  EXPECT_FALSE(plan->root.is_volatile);
  EXPECT_EQ(plan->mount_label, "u:r:t:s0");
  EXPECT_EQ(plan->root_propagation, 1u);
  ASSERT_EQ(plan->devices.size(), 1u);
  EXPECT_EQ(plan->devices[0].path, "/dev/x");
  EXPECT_EQ(plan->devices[0].source, "/dev/y");
  EXPECT_TRUE(plan->devices[0].block);
  EXPECT_EQ(plan->devices[0].major, 8u);
  EXPECT_EQ(plan->devices[0].minor, 1u);
  EXPECT_EQ(plan->devices[0].mode, 0660u);
  EXPECT_EQ(plan->devices[0].uid, 1u);
  EXPECT_EQ(plan->devices[0].gid, 2u);
  ASSERT_EQ(plan->symlinks.size(), 1u);
  EXPECT_EQ(plan->symlinks[0].path, "/dev/fd");
  EXPECT_EQ(plan->symlinks[0].target, "/proc/self/fd");
  ASSERT_EQ(plan->hooks.size(), 1u);
  EXPECT_EQ(plan->hooks[0].path, "/usr/bin/hook");
  EXPECT_THAT(plan->hooks[0].arguments, ElementsAre("hook", "argument"));
  EXPECT_THAT(plan->hooks[0].environment, ElementsAre("A=b"));
  EXPECT_EQ(plan->hooks[0].timeout, 7u);
  EXPECT_EQ(plan->hook_state, R"({"pid":)");
  EXPECT_THAT(plan->masked_paths, ElementsAre("/proc/kcore"));
  EXPECT_THAT(plan->read_only_paths, ElementsAre("/proc/sys"));
  ExpectProcess(plan->process);
}

TEST(LaunchPlan, KeepsMounts) {
  const std::string bytes = Encode(FullLaunch());
  sys::ErrnoOr<LaunchPlan> plan = DecodeLaunchPlan(bytes.data(), bytes.size());
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->mounts.size(), 2u);
  const MountPlan& mount = plan->mounts[0];
  EXPECT_EQ(mount.kind, MountKind::kOverlay);
  EXPECT_EQ(mount.source, "tmpfs");
  EXPECT_EQ(mount.destination, "/dev/shm");
  ASSERT_EQ(mount.options.size(), 2u);
  EXPECT_EQ(mount.options[0].key, "size");
  EXPECT_EQ(mount.options[0].value, "64k");
  EXPECT_EQ(mount.options[1].value, "");
  EXPECT_THAT(mount.lower, ElementsAre("/a", "/b"));
  EXPECT_EQ(mount.sub_path, "sub");
  EXPECT_EQ(mount.attributes, 1u);
  EXPECT_EQ(mount.clear_attributes, 2u);
  EXPECT_EQ(mount.propagation, 3u);
  EXPECT_TRUE(mount.recursive && mount.recursive_attributes && mount.optional);
  EXPECT_TRUE(mount.mapped_ids);
  EXPECT_EQ(plan->mounts[1].kind, MountKind::kBind);
  EXPECT_FALSE(plan->mounts[1].recursive || plan->mounts[1].optional);
}

TEST(LaunchPlan, KeepsExecAndPod) {
  const std::string exec_bytes = Encode(ExecPlan{"container", FullProcess(), FullProgram()});
  sys::ErrnoOr<ExecPlan> exec = DecodeExecPlan(exec_bytes.data(), exec_bytes.size());
  ASSERT_TRUE(exec.ok());
  EXPECT_EQ(exec->container_id, "container");
  ExpectProcess(exec->process);
  ExpectProgram(exec->program);

  const std::string pod_bytes = Encode(FullPod());
  sys::ErrnoOr<PodPlan> pod = DecodePodPlan(pod_bytes.data(), pod_bytes.size());
  ASSERT_TRUE(pod.ok());
  EXPECT_EQ(pod->pod_id, "pod");
  EXPECT_EQ(pod->directory, "/run/berth/pods/pod");
  EXPECT_FALSE(pod->new_network || pod->new_ipc || pod->new_uts);
  EXPECT_EQ(pod->network_namespace, "/proc/1/ns/net");
  EXPECT_TRUE(pod->shared_pid);
  EXPECT_EQ(pod->hostname, "host");
  EXPECT_EQ(pod->ipc_namespace, "/proc/1/fd/7");
  EXPECT_EQ(pod->shared_memory, "/proc/1/fd/8");
  EXPECT_EQ(pod->shm_directory, "/run/berth/pods/pod/shm");
  EXPECT_EQ(pod->shm_size, uint64_t{1} << 30);
  EXPECT_EQ(pod->selinux_label, "u:r:p:s1");
  EXPECT_EQ(pod->mount_label, "u:r:t:s1");
  ASSERT_EQ(pod->sysctls.size(), 1u);
  EXPECT_EQ(pod->sysctls[0].path, "net/ipv4/ip_forward");
  EXPECT_EQ(pod->sysctls[0].value, "1");
  EXPECT_THAT(pod->cgroup_directories, ElementsAre("/cg/p"));
  EXPECT_EQ(pod->oom_score_adj, 5);
  EXPECT_EQ(pod->ids.first, 100000u);
  EXPECT_EQ(pod->ids.count, 65536u);
}

TEST(LaunchPlan, RefusesEveryTruncationAndAnyExcess) {
  const std::string launch = Encode(FullLaunch());
  const std::string exec = Encode(ExecPlan{"container", FullProcess(), FullProgram()});
  const std::string pod = Encode(FullPod());
  for (size_t size = 0; size < launch.size(); ++size) {
    const std::vector<char> exact(launch.begin(), launch.begin() + static_cast<ptrdiff_t>(size));
    ASSERT_EQ(DecodeLaunchPlan(exact.data(), size).error().code, EBADMSG) << size;
  }
  for (size_t size = 0; size < exec.size(); ++size) {
    ASSERT_EQ(DecodeExecPlan(exec.data(), size).error().code, EBADMSG) << size;
  }
  for (size_t size = 0; size < pod.size(); ++size) {
    ASSERT_EQ(DecodePodPlan(pod.data(), size).error().code, EBADMSG) << size;
  }
  EXPECT_EQ(DecodeLaunchPlan((launch + '\0').data(), launch.size() + 1).error().code, EBADMSG);
  EXPECT_EQ(DecodeExecPlan((exec + '\0').data(), exec.size() + 1).error().code, EBADMSG);
  EXPECT_EQ(DecodePodPlan((pod + '\0').data(), pod.size() + 1).error().code, EBADMSG);
}

TEST(LaunchPlan, RefusesAnotherKindAndAnotherVersion) {
  std::string launch = Encode(FullLaunch());
  EXPECT_EQ(DecodePodPlan(launch.data(), launch.size()).error().code, EBADMSG);
  EXPECT_EQ(DecodeExecPlan(launch.data(), launch.size()).error().code, EBADMSG);
  launch[4] = 99;
  EXPECT_EQ(DecodeLaunchPlan(launch.data(), launch.size()).error().code, EBADMSG);
}

TEST(LaunchPlan, RefusesWhatIsTooLarge) {
  LaunchPlan plan = FullLaunch();
  plan.process.environment = {std::string(kMaxPlanSize, 'x')};
  const std::string bytes = Encode(plan);
  EXPECT_EQ(DecodeLaunchPlan(bytes.data(), bytes.size()).error().code, E2BIG);
  EXPECT_EQ(ReadLaunchHeader(bytes.data(), bytes.size()).error().code, E2BIG);
}

TEST(LaunchPlan, RefusesTextWithANulInside) {
  LaunchPlan plan = FullLaunch();
  plan.log_path = std::string("/var\0/x", 7);
  const std::string bytes = Encode(plan);
  EXPECT_EQ(DecodeLaunchPlan(bytes.data(), bytes.size()).error().code, EBADMSG);
}

TEST(LaunchPlan, RefusesAListThatClaimsMoreThanThereIs) {
  std::string bytes = Encode(ExecPlan{});
  // Behind the prefix, the empty id, the terminal flag and the empty pid file comes the number of
  // the program's arguments.
  const size_t arguments = 12 + 5 + 1 + 5;
  bytes.replace(arguments, 4, 4, '\xff');
  EXPECT_EQ(DecodeExecPlan(bytes.data(), bytes.size()).error().code, EBADMSG);
}

TEST(PlanHeader, ReadsInPlaceWhatTheShimNeeds) {
  const std::string bytes = Encode(FullLaunch());
  sys::ErrnoOr<LaunchHeader> header = ReadLaunchHeader(bytes.data(), bytes.size());
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->container_id, "container");
  EXPECT_GE(header->container_id.data(), bytes.data());
  EXPECT_LT(header->container_id.data(), bytes.data() + bytes.size());
  EXPECT_EQ(header->container_id.data()[header->container_id.size()], '\0');
  EXPECT_THAT(header->cgroup_directories.texts(), ElementsAre("/cg/memory/x", "/cg/unified/x"));
  EXPECT_EQ(header->oom_file, "/cg/memory/x/memory.oom_control");
  EXPECT_EQ(header->log_path, "/var/log/pods/x/0.log");
  EXPECT_EQ(header->pid_namespace, PidNamespace::kTarget);
  EXPECT_EQ(header->pid_target, "other");
  EXPECT_FALSE(header->cgroup_namespace);
  EXPECT_TRUE(header->open_stdin && header->process.terminal);
  EXPECT_EQ(header->bundle, "/run/berth/pods/pod/bundle");
}

TEST(PlanHeader, ReadsAnExec) {
  const std::string bytes = Encode(ExecPlan{"container", FullProcess(), FullProgram()});
  sys::ErrnoOr<ExecHeader> header = ReadExecHeader(bytes.data(), bytes.size());
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->container_id, "container");
  EXPECT_TRUE(header->process.terminal);
  EXPECT_EQ(ReadExecHeader(bytes.data(), 20).error().code, EBADMSG);
  EXPECT_EQ(ReadLaunchHeader(bytes.data(), bytes.size()).error().code, EBADMSG);
}

TEST(PlanHeader, RefusesMoreCgroupsThanThereCanBe) {
  LaunchPlan plan;
  plan.cgroup_directories.assign(kMaxCgroupDirectories, "/c");
  std::string bytes = Encode(plan);
  EXPECT_TRUE(ReadLaunchHeader(bytes.data(), bytes.size()).ok());
  plan.cgroup_directories.push_back("/c");
  bytes = Encode(plan);
  EXPECT_EQ(ReadLaunchHeader(bytes.data(), bytes.size()).error().code, EBADMSG);
}

}  // namespace
}  // namespace berth::runtime
