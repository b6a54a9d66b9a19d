// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <map>
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
using runtime::ShimReply;

MountPlan Bind(const std::string& source, const std::string& destination) {
  MountPlan mount;
  mount.source = source;
  mount.destination = destination;
  return mount;
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

KERNEL_TEST(Mounts, BindsFilesAndDirectoriesOfTheHost) {
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

KERNEL_TEST(Mounts, ResolvesDestinationsInsideTheRoot) {
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

KERNEL_TEST(Mounts, MakesMountsReadOnlyRecursivelyWhereAsked) {
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
  test::Unmount(volume);
}

KERNEL_TEST(Mounts, PropagatesMountsAsAsked) {
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
  test::Unmount(volume);
}

KERNEL_TEST(Mounts, MountsOverlaysAsVolumes) {
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

KERNEL_TEST(Mounts, MakesLinksInMountsThatAreReadOnlyThen) {
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

}  // namespace
}  // namespace berth::test
