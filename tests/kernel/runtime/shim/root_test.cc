// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/mount.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::LaunchStep;
using runtime::MountKind;
using runtime::MountPlan;
using runtime::PodPlan;
using runtime::ReplyType;
using runtime::ShimReply;
using ::testing::HasSubstr;
using ::testing::Not;

MountPlan Bind(const std::string& source, const std::string& destination) {
  MountPlan mount;
  mount.source = source;
  mount.destination = destination;
  return mount;
}

KERNEL_TEST(Root, IsAnOverlayThatTheHostDoesNotSee) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan(
      "a", "head -1 /proc/self/mounts; echo written > /etc/new; ls /; echo ready; sleep 100");
  pod.Launch(plan);
  pod.AwaitLog("a", "ready");
  EXPECT_THAT(pod.Output("a"), HasSubstr("overlay / overlay rw"));
  EXPECT_EQ(pod.directory().Read(absl::StrCat("upper/c0/etc/new")), "written\n");
  sys::ErrnoOr<sys::Fd> mounts = sys::OpenAt(AT_FDCWD, "/proc/self/mounts", O_RDONLY);
  EXPECT_THAT(ReadWhole(mounts->get()), Not(HasSubstr(pod.directory().path())));
}

KERNEL_TEST(Root, HasNoOldRootBelowIt) {
  PodUnderTest pod;
  EXPECT_EQ(pod.Run("a", "cut -d ' ' -f 2 /proc/self/mounts; ls -a /"),
            "/\n/dev\n/dev/pts\n/proc\n/sys\n"
            ".\n..\nbin\ndev\netc\nhome\nlocked\nproc\nsys\n");
}

KERNEL_TEST(Root, CanBeReadOnlyWithAndWithoutAnUpperLayer) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "touch /x 2>&1; echo y > /dev/null && echo dev");
  plan.root.read_only = true;
  EXPECT_EQ(pod.Run(plan), "touch: /x: Read-only file system\ndev\n");
  std::filesystem::create_directories(pod.directory().Join("lower/proc"));
  std::filesystem::create_directories(pod.directory().Join("lower/sys"));
  std::filesystem::create_directories(pod.directory().Join("lower/dev"));
  plan = pod.Plan("b", "touch /x 2>&1; echo y > /dev/null && echo dev");
  plan.root.upper.clear();
  plan.root.work.clear();
  EXPECT_EQ(pod.Run(plan), "touch: /x: Read-only file system\ndev\n");
}

KERNEL_TEST(Root, StacksManyLayers) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "cat /etc/which; ls /etc | wc -l");
  for (int i = 0; i < 60; ++i) {
    const std::string layer = absl::StrCat("layers/a:b,c\\d-", i);  // what mount options cannot say
    pod.directory().Write(absl::StrCat(layer, "/etc/which"), absl::StrCat(i, "\n"));
    pod.directory().Write(absl::StrCat(layer, "/etc/", i), "");
    plan.root.lower.insert(plan.root.lower.begin(), pod.directory().Join(layer));
  }
  EXPECT_EQ(pod.Run(plan), "59\n61\n");
}

KERNEL_TEST(Root, RefusesAnImageWhoseDevProcOrSysIsALink) {
  PodUnderTest pod;
  for (const char* name : {"dev", "proc", "sys"}) {
    const std::string layer = pod.directory().Join(absl::StrCat("evil-", name));
    std::filesystem::create_directories(layer);
    std::filesystem::create_symlink("/etc", absl::StrCat(layer, "/", name));
    LaunchPlan plan = pod.Plan("a", "true");
    plan.root.lower.insert(plan.root.lower.begin(), layer);
    const ShimReply reply = pod.Start(plan);
    EXPECT_EQ(reply.step, LaunchStep::kRootFilesystem) << name;
    EXPECT_EQ(reply.error, ELOOP) << name;
  }
}

KERNEL_TEST(Root, HasADevOfItsOwn) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan(
      "a",
      "ls /dev; grep -E ' /dev(/pts)? ' /proc/self/mounts; stat -c '%a %t %T %u %g %F' /dev/null "
      "/dev/blk; readlink /dev/ptmx; readlink /dev/fd; echo x > /dev/full 2>/dev/null || echo "
      "full");
  plan.devices.push_back({"/dev/blk", "", true, 7, 99, 0640, 3, 4});
  EXPECT_EQ(pod.Run(plan),
            "blk\nfd\nfull\nnull\nptmx\npts\nstderr\nstdin\nstdout\ntty\nurandom\nzero\n"
            "tmpfs /dev tmpfs rw,nosuid,size=65536k,mode=755 0 0\n"
            "devpts /dev/pts devpts rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=666 0 0\n"
            "666 1 3 0 0 character special file\n640 7 63 3 4 block special file\n"
            "pts/ptmx\n/proc/self/fd\nfull\n");
}

KERNEL_TEST(Root, BindsADeviceThatItMayNotMake) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "");
  plan.devices = {{"/dev/dull", "/dev/zero", false, 1, 3, 0666, 0, 0}};  // another than it says
  // Only without CAP_MKNOD would it be bound; then it would be refused. Here it is made.
  plan.process.arguments = {"stat", "-c", "%t %T", "/dev/dull"};
  EXPECT_EQ(pod.Run(plan), "1 3\n");
}

KERNEL_TEST(Root, MasksFilesAndDirectories) {
  PodUnderTest pod;
  pod.directory().Write("lower/etc/secret", "secret");
  pod.directory().Write("lower/hidden/inside", "secret");
  pod.directory().Write("lower/hidden2/inside", "secret");
  LaunchPlan plan = pod.Plan(
      "a",
      "cat /etc/secret; ls -A /hidden /hidden2; touch /hidden/x 2>&1; chmod 0 /etc/secret 2>&1;"
      "cat /proc/kcore; ls /proc/irq");
  plan.masked_paths = {"/etc/secret",   "/hidden",     "/hidden2", "/nowhere",
                       "/etc/secret/x", "/proc/kcore", "/proc/irq"};
  EXPECT_EQ(pod.Run(plan),
            "/hidden:\n\n/hidden2:\n"
            "touch: /hidden/x: Read-only file system\n"
            "chmod: /etc/secret: Read-only file system\n");
  struct stat null = {};
  ASSERT_EQ(stat("/dev/null", &null), 0);
  EXPECT_EQ(null.st_mode & 07777, 0666u);
}

KERNEL_TEST(Root, MakesPathsReadOnly) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan(
      "a",
      "touch /home/x 2>&1; (echo 1 > /proc/sys/kernel/domainname) 2>&1; touch /etc/x && echo fine");
  plan.read_only_paths = {"/home", "/proc/sys", "/nowhere"};
  EXPECT_EQ(pod.Run(plan),
            "touch: /home/x: Read-only file system\n"
            "sh: can't create /proc/sys/kernel/domainname: Read-only file system\nfine\n");
}

KERNEL_TEST(Root, BindsFilesAndDirectoriesOfTheHost) {
  PodUnderTest pod;
  const std::string file = pod.directory().Write("volume/file", "content\n");
  std::filesystem::create_directories(pod.directory().Join("volume/sub/deep"));
  LaunchPlan plan = pod.Plan(
      "a",
      "cat /etc/file /data/file; ls /sub; touch /data/x 2>&1; touch /writable/y; ls /absent 2>&1;"
      "stat -c %F /etc/file /data");
  MountPlan read_only = Bind(pod.directory().Join("volume"), "/data");
  read_only.attributes = MOUNT_ATTR_RDONLY;
  MountPlan sub = Bind(pod.directory().Join("volume"), "/sub");
  sub.sub_path = "sub";
  MountPlan optional = Bind("/nowhere", "/absent");
  optional.optional = true;
  for (const MountPlan& mount : {Bind(file, "/etc/file"), read_only, sub, optional,
                                 Bind(pod.directory().Join("volume"), "/writable")}) {
    plan.mounts.push_back(mount);
  }
  EXPECT_EQ(pod.Run(plan),
            "content\ncontent\ndeep\ntouch: /data/x: Read-only file system\n"
            "ls: /absent: No such file or directory\nregular file\ndirectory\n");
  EXPECT_TRUE(std::filesystem::exists(pod.directory().Join("volume/y")));
}

KERNEL_TEST(Root, ResolvesDestinationsInsideTheRoot) {
  PodUnderTest pod;
  std::filesystem::create_symlink("/../../../../../../target", pod.directory().Join("lower/out"));
  std::filesystem::create_directories(pod.directory().Join("lower/target"));
  std::filesystem::create_directories(pod.directory().Join("volume/inside"));
  std::filesystem::create_symlink("/etc", pod.directory().Join("volume/link"));
  LaunchPlan plan = pod.Plan("a", "ls /target; ls /sub 2>&1");
  plan.mounts.push_back(Bind(pod.directory().Join("volume"), "/out"));
  EXPECT_EQ(pod.Run(plan), "inside\nlink\nls: /sub: No such file or directory\n");
  MountPlan sub = Bind(pod.directory().Join("volume"), "/sub");
  sub.sub_path = "link";  // which is volume/etc, absent, not the host's /etc
  plan = pod.Plan("b", "true");
  plan.mounts.push_back(sub);
  const ShimReply reply = pod.Start(plan);
  EXPECT_EQ(reply.step, LaunchStep::kMounts);
  EXPECT_EQ(reply.error, ENOENT);
}

// A tmpfs at `path`, shared, with another one in its folder "below".
void MountSharedTree(const std::string& path) {
  std::filesystem::create_directories(path);
  sys::ErrnoOr<sys::DetachedMount> outer = sys::NewMount("tmpfs", {}, 0);
  sys::ErrnoOr<sys::Fd> place = sys::OpenAt(AT_FDCWD, path.c_str(), O_PATH);
  ASSERT_TRUE(outer.ok() && place.ok() && outer->AttachAt(place->get()).ok());
  ASSERT_TRUE(outer->SetAttributes(0, 0, MS_SHARED, false).ok());
  std::filesystem::create_directories(path + "/below");
  std::filesystem::create_directories(path + "/late");
  sys::ErrnoOr<sys::DetachedMount> inner = sys::NewMount("tmpfs", {}, 0);
  sys::ErrnoOr<sys::Fd> inner_place = sys::OpenAt(AT_FDCWD, (path + "/below").c_str(), O_PATH);
  ASSERT_TRUE(inner.ok() && inner_place.ok() && inner->AttachAt(inner_place->get()).ok());
}

KERNEL_TEST(Root, MakesMountsReadOnlyRecursivelyWhereAsked) {
  PodUnderTest pod;
  const std::string volume = pod.directory().Join("volume");
  MountSharedTree(volume);
  for (bool recursive : {false, true}) {
    LaunchPlan plan = pod.Plan(absl::StrCat("a", recursive),
                               "touch /v/x 2>&1; touch /v/below/x 2>&1 && echo fine");
    MountPlan mount = Bind(volume, "/v");
    mount.recursive = true;
    mount.attributes = MOUNT_ATTR_RDONLY;
    mount.recursive_attributes = recursive;
    plan.mounts.push_back(mount);
    EXPECT_EQ(pod.Run(plan),
              absl::StrCat("touch: /v/x: Read-only file system\n",
                           recursive ? "touch: /v/below/x: Read-only file system\n" : "fine\n"));
  }
  LaunchPlan plan = pod.Plan("b", "grep -c ' /v' /proc/self/mounts");
  plan.mounts.push_back(Bind(volume, "/v"));
  EXPECT_EQ(pod.Run(plan), "1\n");
  EXPECT_TRUE(sys::Unmount(volume.c_str()).ok());
}

KERNEL_TEST(Root, PropagatesMountsAsAsked) {
  PodUnderTest pod;
  const std::string volume = pod.directory().Join("volume");
  MountSharedTree(volume);
  for (const auto& [id, propagation] : std::map<std::string, uint64_t>{
           {"private", 0}, {"slave", MS_SLAVE}, {"shared", MS_SHARED}}) {
    LaunchPlan plan = pod.Plan(id,
                               "echo ready; while ! test -e /v/go; do usleep 10000; done; test -e "
                               "/v/late/late && echo seen;"
                               "mkdir /v/mine-$0; mount -t tmpfs none /v/mine-$0 || echo failed; "
                               "touch /v/mine-$0/file; echo done; sleep 100");
    plan.process.arguments.push_back(id);
    plan.process.capabilities.effective |= uint64_t{1} << 21;  // CAP_SYS_ADMIN
    plan.process.capabilities.permitted |= uint64_t{1} << 21;
    plan.process.capabilities.bounding |= uint64_t{1} << 21;
    MountPlan mount = Bind(volume, "/v");
    mount.recursive = true;
    mount.propagation = propagation;
    plan.mounts.push_back(mount);
    pod.Launch(plan);
    pod.AwaitLog(id, "ready");
  }
  sys::ErrnoOr<sys::DetachedMount> late = sys::NewMount("tmpfs", {}, 0);
  sys::ErrnoOr<sys::Fd> place = sys::OpenAt(AT_FDCWD, (volume + "/late").c_str(), O_PATH);
  ASSERT_TRUE(late.ok() && late->AttachAt(place->get()).ok());
  pod.directory().Write("volume/late/late", "");
  pod.directory().Write("volume/go", "");
  for (const char* id : {"private", "slave", "shared"}) {
    pod.AwaitLog(id, "done");
    EXPECT_EQ(pod.Output(id).find("seen") != std::string::npos, std::string(id) != "private") << id;
    EXPECT_EQ(std::filesystem::exists(absl::StrCat(volume, "/mine-", id, "/file")),
              std::string(id) == "shared")
        << id;
  }
  EXPECT_TRUE(sys::Unmount(volume.c_str()).ok());
}

KERNEL_TEST(Root, MountsOverlaysAsVolumes) {
  PodUnderTest pod;
  pod.directory().Write("one/dir/a", "1\n");
  pod.directory().Write("two/dir/b", "2\n");
  MountPlan whole;
  whole.kind = MountKind::kOverlay;
  whole.lower = {pod.directory().Join("one"), pod.directory().Join("two")};
  whole.destination = "/image";
  MountPlan part = whole;
  part.destination = "/part";
  part.sub_path = "dir";
  LaunchPlan plan = pod.Plan("a", "ls /image /part; cat /image/dir/a; touch /part/x 2>&1");
  plan.mounts.push_back(whole);
  plan.mounts.push_back(part);
  EXPECT_EQ(pod.Run(plan),
            "/image:\ndir\n\n/part:\na\nb\n1\ntouch: /part/x: Read-only file system\n");
}

KERNEL_TEST(Root, MakesLinksInMountsThatAreReadOnlyThen) {
  PodUnderTest pod;
  MountPlan cgroups;
  cgroups.kind = MountKind::kFilesystem;
  cgroups.source = "tmpfs";
  cgroups.destination = "/sys/fs/cgroup";
  cgroups.options = {{"mode", "755"}};
  cgroups.attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID;
  LaunchPlan plan = pod.Plan("a", "readlink /sys/fs/cgroup/cpu; touch /sys/fs/cgroup/x 2>&1");
  plan.mounts.push_back(cgroups);
  plan.symlinks.push_back({"/sys/fs/cgroup/cpu", "cpu,cpuacct"});
  EXPECT_EQ(pod.Run(plan), "cpu,cpuacct\ntouch: /sys/fs/cgroup/x: Read-only file system\n");
}

KERNEL_TEST(Root, SharesMemoryWithinThePod) {
  PodPlan pod_plan;
  pod_plan.shm_directory = "/run/pod/shm";  // need not exist: it is a name
  pod_plan.shm_size = 1 << 20;
  PodUnderTest pod(pod_plan);
  auto plan_with_shm = [&](const std::string& id, const std::string& script) {
    LaunchPlan plan = pod.Plan(id, script);
    plan.mounts.push_back(Bind("/run/pod/shm", "/dev/shm"));
    return plan;
  };
  EXPECT_EQ(
      pod.Run(plan_with_shm("a", "echo shared > /dev/shm/file; grep /dev/shm /proc/self/mounts")),
      "tmpfs /dev/shm tmpfs rw,nosuid,nodev,noexec,relatime,size=1024k 0 0\n");
  EXPECT_EQ(pod.Run(plan_with_shm("b", "cat /dev/shm/file; stat -c %a /dev/shm")),
            "shared\n1777\n");
}

KERNEL_TEST(Root, TakesTheHostsDevWhereThePlanMountsIt) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "test -c /dev/null && echo null; readlink /dev/marker");
  std::filesystem::create_directories(pod.directory().Join("dev"));
  MountPlan dev;
  dev.kind = MountKind::kFilesystem;
  dev.source = "tmpfs";
  dev.destination = "/dev";
  plan.mounts.push_back(dev);
  plan.symlinks.push_back({"/dev/marker", "here"});
  EXPECT_EQ(pod.Run(plan), "null\nhere\n");
}

}  // namespace
}  // namespace berth::test
