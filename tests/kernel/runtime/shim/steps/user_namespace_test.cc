// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/process.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::LaunchStep;
using runtime::MountPlan;
using runtime::PidNamespace;
using runtime::PodPlan;
using runtime::ProcessPlan;
using runtime::ReplyType;
using runtime::ShimReply;
using ::testing::HasSubstr;

constexpr uint32_t kFirst = 1000000;
constexpr uint32_t kCount = 65536;
constexpr uint64_t kAllCapabilities = (uint64_t{1} << 41) - 1;
constexpr char kMap[] = "         0    1000000      65536\n";

PodPlan WithUsers() {
  PodPlan plan;
  plan.ids = {kFirst, kCount};
  plan.hostname = "inside";
  return plan;
}

LaunchPlan AllPowerful(LaunchPlan plan) {
  plan.process.capabilities = {kAllCapabilities, kAllCapabilities, kAllCapabilities, 0};
  return plan;
}

MountPlan Bind(const std::string& source, const std::string& destination, bool mapped) {
  MountPlan mount;
  mount.source = source;
  mount.destination = destination;
  mount.recursive = true;
  mount.mapped_ids = mapped;
  return mount;
}

uid_t OwnerOf(const std::string& path) {
  struct stat info = {};
  EXPECT_EQ(lstat(path.c_str(), &info), 0) << path;
  return info.st_uid;
}

KERNEL_TEST(UserNamespace, HasTheContainersAndExecsOfThePod) {
  PodUnderTest pod(WithUsers());
  pod.Launch(pod.Plan("a", "cat /proc/self/uid_map /proc/self/gid_map; sleep 100"));
  EXPECT_TRUE(Eventually([&] { return pod.Output("a") == absl::StrCat(kMap, kMap); }))
      << pod.Log("a");
  const ExecOutcome exec = pod.Exec(
      "a",
      "cat /proc/self/uid_map; id -u; "
      "test $(readlink /proc/1/ns/user) = $(readlink /proc/self/ns/user) && echo the same");
  EXPECT_EQ(exec.out, absl::StrCat(kMap, "0\nthe same\n"));
  EXPECT_EQ(OwnerOf(absl::StrCat("/proc/", pod.shim_pid())), 0u);
}

KERNEL_TEST(UserNamespace, IsOnDiskAsWithoutOne) {
  PodUnderTest pod(WithUsers());
  LaunchPlan plan = pod.Plan("a",
                             "stat -c %u:%g / /bin /bin/busybox /dev /dev/fd /proc/1; "
                             "echo x > /root-made; echo y >> /bin/script; chmod 4711 /bin/busybox; "
                             "rm -r /home; mkdir /home; stat -c %u:%g /home /root-made; "
                             "rm /root-made; touch /root-made");
  EXPECT_EQ(pod.Run(plan), "0:0\n0:0\n0:0\n0:0\n0:0\n0:0\n0:0\n0:0\n");
  EXPECT_EQ(pod.AwaitExit("a").exit_code, 0) << pod.Log("a");
  for (const char* file : {"/root-made", "/home", "/bin/busybox"}) {
    EXPECT_EQ(OwnerOf(plan.root.upper + file), 0u) << file;
  }
  LaunchPlan user = pod.Plan("b", "id -u; id -g; touch /tmp/f; stat -c %u:%g /tmp/f");
  user.mounts.push_back(Bind(pod.directory().Join("logs"), "/tmp", true));
  std::filesystem::permissions(pod.directory().Join("logs"), std::filesystem::perms::all);
  user.process.uid = 1000;
  user.process.gid = 1001;
  user.process.groups = {1001};
  user.process.capabilities = {};
  EXPECT_EQ(pod.Run(user), "1000\n1001\n1000:1001\n");
  EXPECT_EQ(OwnerOf(pod.directory().Join("logs/f")), 1000u);
}

KERNEL_TEST(UserNamespace, RunsOnOneLayerReadOnly) {
  PodUnderTest pod(WithUsers());
  LaunchPlan plan = pod.Plan("a", "stat -c %u /bin; touch /bin/x || echo read-only");
  for (const char* place : {"proc", "sys", "dev"}) {
    std::filesystem::create_directory(pod.directory().Join(absl::StrCat("lower/", place)));
  }
  plan.root.upper = plan.root.work = "";
  EXPECT_EQ(pod.Run(plan), "0\nread-only\n");
}

KERNEL_TEST(UserNamespace, OwnsThePodsOtherNamespaces) {
  PodPlan pod_plan = WithUsers();
  pod_plan.sysctls = {{"net/ipv4/ping_group_range", "1000000 1065535"}};
  pod_plan.shm_directory = "/the/pod/shm";
  PodUnderTest pod(pod_plan);
  LaunchPlan plan = AllPowerful(
      pod.Plan("a",
               "hostname; hostname other && hostname; cat /proc/sys/net/ipv4/ping_group_range; "
               "mount -o remount,rw /proc/sys 2>/dev/null; "
               "echo 1 > /proc/sys/net/ipv4/ip_forward && cat /proc/sys/net/ipv4/ip_forward; "
               "ip link set lo mtu 1400 && ip link show lo | grep -c 'mtu 1400'; "
               "stat -c '%u %a' /dev/shm; touch /dev/shm/f && stat -c %u /dev/shm/f"));
  plan.mounts.push_back(Bind("/the/pod/shm", "/dev/shm", false));
  EXPECT_EQ(pod.Run(plan), "inside\nother\n0\t65535\n1\n1\n0 1777\n0\n");
}

KERNEL_TEST(UserNamespace, KeepsAllCapabilitiesFromTheHost) {
  PodUnderTest pod(WithUsers());
  LaunchPlan plan = AllPowerful(pod.Plan("a",
                                         "mount -t tmpfs none /home && touch /home/x && echo own; "
                                         "umount /proc/kcore || echo locked; "
                                         "mount -t proc none /etc || true; "
                                         "mknod /dev/sda b 8 0 || echo no device; "
                                         "cat /dev/host || echo not mine; "
                                         "chmod 666 /dev/host || echo nor to change; "
                                         "cat /data/secret || echo not read; "
                                         "echo 1 > /proc/sys/kernel/panic || echo not the host; "
                                         "kill -9 1 2>/dev/null; echo end"));
  plan.masked_paths = {"/proc/kcore"};
  plan.devices.push_back({"/dev/host", "", false, 1, 1, 0640, 0, 0});  // memory
  pod.directory().Write("logs/data/secret", "");
  std::filesystem::permissions(pod.directory().Join("logs/data/secret"),
                               std::filesystem::perms::owner_read);
  plan.mounts.push_back(Bind(pod.directory().Join("logs/data"), "/data", false));
  EXPECT_EQ(pod.Run(plan),
            "own\nlocked\nno device\nnot mine\nnor to change\nnot read\nnot the host\nend\n")
      << pod.Log("a");
}

KERNEL_TEST(UserNamespace, MapsTheIdsOfVolumes) {
  PodUnderTest pod(WithUsers());
  for (const char* name : {"mapped", "plain"}) {
    pod.directory().Write(absl::StrCat("logs/", name, "/file"), "");
  }
  LaunchPlan plan = pod.Plan("a",
                             "stat -c %u /m /m/file /p/file; touch /m/new; touch /p/new; "
                             "stat -c %u /m/new");
  plan.mounts.push_back(Bind(pod.directory().Join("logs/mapped"), "/m", true));
  plan.mounts.push_back(Bind(pod.directory().Join("logs/plain"), "/p", false));
  EXPECT_EQ(pod.Run(plan), "0\n0\n65534\n0\n");
  EXPECT_EQ(OwnerOf(pod.directory().Join("logs/mapped/new")), 0u);
  EXPECT_FALSE(std::filesystem::exists(pod.directory().Join("logs/plain/new")));
}

KERNEL_TEST(UserNamespace, ShowsImagesAsVolumes) {
  PodUnderTest pod(WithUsers());
  pod.directory().Write("logs/one/sub/file", "1");
  pod.directory().Write("logs/two/sub/other", "2");
  LaunchPlan plan = pod.Plan("a", "stat -c %u /i/sub/file /i/sub/other /s/file");
  MountPlan image;
  image.kind = runtime::MountKind::kOverlay;
  image.lower = {pod.directory().Join("logs/one"), pod.directory().Join("logs/two")};
  image.destination = "/i";
  image.mapped_ids = true;
  plan.mounts.push_back(image);
  image.destination = "/s";
  image.sub_path = "sub";
  plan.mounts.push_back(image);
  EXPECT_EQ(pod.Run(plan), "0\n0\n0\n");
}

KERNEL_TEST(UserNamespace, NamesTheMountWhoseIdsCannotBeMapped) {
  PodUnderTest pod(WithUsers());
  LaunchPlan plan = pod.Plan("a", "true");
  plan.mounts.push_back(Bind("/proc", "/host-proc", true));
  const ShimReply reply = pod.Start(plan);
  EXPECT_EQ(reply.type, ReplyType::kFailed);
  EXPECT_EQ(reply.step, LaunchStep::kMounts);
  EXPECT_EQ(reply.item, 2u);
  EXPECT_EQ(reply.error, EINVAL);
}

KERNEL_TEST(UserNamespace, GivesAwayTerminalsAndPipes) {
  PodUnderTest pod(WithUsers());
  const std::string script =
      "tty; stat -c '%u %g %a' /dev/pts/0; echo x > /dev/tty; echo y > /dev/stdout";
  LaunchPlan plan = pod.Plan("a", script + "; echo con > /dev/console");
  plan.process.terminal = true;
  EXPECT_EQ(pod.Run(plan), "/dev/pts/0\r\n0 5 620\r\nx\r\ny\r\ncon\r\n");
  plan = pod.Plan("b", script);
  plan.process.terminal = true;
  plan.process.uid = plan.process.gid = 1000;
  EXPECT_EQ(pod.Run(plan), "/dev/pts/0\r\n1000 5 620\r\nx\r\ny\r\n");
  plan = pod.Plan("c", "echo z > /dev/stdout; sleep 100");
  plan.process.uid = plan.process.gid = 1000;
  pod.Launch(plan);
  pod.AwaitLog("c", "z");
  ProcessPlan process = PodUnderTest::Process("echo w > /dev/stdout");
  process.uid = process.gid = 1000;
  EXPECT_EQ(pod.Exec("c", process).out, "w\n");
}

KERNEL_TEST(UserNamespace, SharesProcesses) {
  PodPlan pod_plan = WithUsers();
  pod_plan.shared_pid = true;
  PodUnderTest pod(pod_plan);
  LaunchPlan first = In(PidNamespace::kPod, AllPowerful(pod.Plan("a", "sleep 100")));
  first.masked_paths = {"/proc/kcore"};
  pod.Launch(first);
  LaunchPlan second =
      In(PidNamespace::kPod,
         AllPowerful(pod.Plan(
             "b",
             "ps | grep -c [s]leep; kill -9 1 || echo not the init; cat /proc/self/uid_map; "
             "ls /proc/1/root/ || echo nor its root")));
  EXPECT_EQ(pod.Run(second), absl::StrCat("1\nnot the init\n", kMap, "nor its root\n"))
      << pod.Log("b");
  EXPECT_EQ(pod.Exec("a", "cat /proc/self/uid_map").out, kMap);
}

KERNEL_TEST(UserNamespace, TargetsProcessesOfAContainer) {
  PodUnderTest pod(WithUsers());
  LaunchPlan target = pod.Plan("a", "sleep 100");
  target.masked_paths = {"/proc/kcore"};
  target.read_only_paths = {"/proc/sys"};
  pod.Launch(target);
  LaunchPlan plan = In(PidNamespace::kTarget, pod.Plan("b", "cat /proc/1/cmdline | tr '\\0' ' '"));
  plan.pid_target = "a";
  plan.masked_paths = {"/proc/kcore"};
  EXPECT_THAT(pod.Run(plan), HasSubstr("sleep 100")) << pod.Log("b");
}

KERNEL_TEST(UserNamespace, DiesWithTheShim) {
  PodUnderTest pod(WithUsers());
  const ShimReply started = pod.Launch(pod.Plan("a", "sleep 100"));
  sys::ErrnoOr<sys::Fd> process = sys::OpenProcess(started.pid);
  ASSERT_TRUE(process.ok());
  EXPECT_EQ(OwnerOf(absl::StrCat("/proc/", started.pid)), kFirst);
  ASSERT_TRUE(pod.KillShim());
  EXPECT_TRUE(sys::AwaitExit(process->get(), Soon()).ok());
}

}  // namespace
}  // namespace berth::test
