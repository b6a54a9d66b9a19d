// SPDX-License-Identifier: Apache-2.0

#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::LaunchStep;
using runtime::MountKind;
using runtime::MountPlan;
using runtime::ReplyType;
using runtime::ShimReply;

KERNEL_TEST(Devices, HasADevOfItsOwn) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan(
      "a",
      "ls /dev; grep -E ' /dev(/pts)? ' /proc/self/mounts | sed s/,inode64//; stat -c '%a %t %T %u "
      "%g %F' /dev/null "
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

KERNEL_TEST(Devices, TakesTheHostsDevWhereThePlanMountsIt) {
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

// A volume that such a link leads onto /dev would get the nodes meant for it.
KERNEL_TEST(Devices, ALinkOfTheImageLeadsNoVolumeOntoThem) {
  PodUnderTest pod;
  const std::string volume = pod.directory().Join("volume");
  std::filesystem::create_directories(volume);
  for (const std::string place : {"/dev", "/proc", "/sys"}) {
    LaunchPlan plan = pod.Plan("a", "true");
    std::filesystem::remove(pod.directory().Join("lower/data"));
    std::filesystem::create_symlink(place, pod.directory().Join("lower/data"));
    MountPlan mount;
    mount.source = volume;
    mount.destination = "/data";
    plan.mounts.push_back(mount);
    const ShimReply reply = pod.Start(plan);
    EXPECT_EQ(reply.type, ReplyType::kFailed) << place;
    EXPECT_EQ(reply.step, LaunchStep::kMounts) << place;
    EXPECT_EQ(reply.error, EXDEV) << place;
    EXPECT_TRUE(std::filesystem::is_empty(volume)) << place;
  }
}

}  // namespace
}  // namespace berth::test
