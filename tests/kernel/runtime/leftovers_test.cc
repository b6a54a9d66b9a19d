// SPDX-License-Identifier: Apache-2.0
#include "runtime/leftovers.h"

#include <sys/mount.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "runtime/pod_file_names.h"
#include "runtime/records.h"
#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

KERNEL_TEST(Leftovers, APodWithoutARecordGoesWithAllItRuns) {
  RuntimeFixture fixture;
  fixture.Open();
  const std::string pod = fixture.RunPod("one");
  fixture.Start(pod, "main", "exec sleep 1000");
  fixture.Close();
  ASSERT_THAT(Records::Open(fixture.dir().Join("root/runtime.db")).value()->RemovePod(pod),
              test::IsOk());
  fixture.Open();
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(Leftovers, FilesOfPodsWithoutARecordGo) {
  RuntimeFixture fixture;
  fixture.Open();
  const std::string pod = fixture.RunPod("one");
  fixture.Close();
  const std::string stray = "root/pods/" + std::string(64, 'c');
  fixture.dir().Write(stray + "/hosts", "x");
  fixture.dir().Write("root/pods/abc/hosts", "x");
  fixture.Open();
  EXPECT_THAT(EntriesOf(fixture.dir().Join("root/pods")),
              ::testing::UnorderedElementsAre(pod, "abc"));
  EXPECT_THAT(fixture.runtime().RemovePod(fixture.Soon(), pod), test::IsOk());
  EXPECT_TRUE(test::Eventually([&] {
    return EntriesOf(fixture.dir().Join("root/pods")) == std::vector<std::string>{"abc"};
  }));
}

KERNEL_TEST(Leftovers, AFileThatStaysKeepsNoOther) {
  RuntimeFixture fixture;
  fixture.Open();
  fixture.Close();
  const std::string stray = "root/pods/" + std::string(64, 'c');
  for (const char* name : kPodFileNames) {
    fixture.dir().Write(stray + "/" + name, "x");
  }
  const std::string stays = fixture.dir().Join(stray + "/hosts");
  ASSERT_EQ(mount("/dev/null", stays.c_str(), nullptr, MS_BIND, nullptr), 0);
  fixture.Open();
  EXPECT_THAT(EntriesOf(fixture.dir().Join(stray)), ::testing::ElementsAre("hosts"));
  ASSERT_EQ(umount(stays.c_str()), 0);
  fixture.Open();
  EXPECT_THAT(EntriesOf(fixture.dir().Join("root/pods")), ::testing::IsEmpty());
}

KERNEL_TEST(Leftovers, WhatIsNotNamedLikeOursStays) {
  RuntimeFixture fixture;
  fixture.Open();
  fixture.Close();
  fixture.dir().Write("state/pods/readme", "x");
  fixture.dir().Write("state/pods/abc/file", "x");
  const Cgroup foreign(fixture.hierarchies(), fixture.cgroup_root() + "/" + std::string(64, 'a'));
  ASSERT_THAT(foreign.Create(), test::IsOk());
  fixture.Open();
  EXPECT_EQ(fixture.dir().Read("state/pods/readme"), "x");
  EXPECT_EQ(fixture.dir().Read("state/pods/abc/file"), "x");
  EXPECT_THAT(fixture.PodCgroups(), ::testing::ElementsAre(std::string(64, 'a')));
}

KERNEL_TEST(Leftovers, ACgroupOfNoContainerGoes) {
  RuntimeFixture fixture;
  fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string container = fixture.Start(pod, "main", "exec sleep 1000");
  fixture.Close();
  const std::string stray(64, 'b');
  const std::string parent = fixture.cgroup_root() + "/" + pod + "/";
  ASSERT_THAT(Cgroup(fixture.hierarchies(), parent + stray).Create(), test::IsOk());
  PodRuntime& runtime = fixture.Open();
  for (const std::string& directory : Cgroup(fixture.hierarchies(), parent).directories()) {
    EXPECT_THAT(EntriesOf(directory), ::testing::Not(::testing::Contains(stray)));
    EXPECT_THAT(EntriesOf(directory), ::testing::Contains(container));
  }
  EXPECT_EQ(fixture.StateOf(container), v1::CONTAINER_RUNNING);
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

KERNEL_TEST(Leftovers, TwoDaemonsLeaveEachOtherAlone) {
  RuntimeFixture one;
  RuntimeFixture two;
  two.options().cgroup_root = one.cgroup_root();
  one.Open();
  two.Open();
  const std::string pod_one = one.RunPod("same");
  const std::string pod_two = two.RunPod("same");
  const std::string in_one = one.Start(pod_one, "main", "exec sleep 1000");
  const std::string in_two = two.Start(pod_two, "main", "exec sleep 1000");
  one.Close();
  two.Open();
  one.Open();
  EXPECT_EQ(one.StateOf(in_one), v1::CONTAINER_RUNNING);
  EXPECT_EQ(two.StateOf(in_two), v1::CONTAINER_RUNNING);
  EXPECT_THAT(two.runtime().RemovePod(two.Soon(), pod_two), test::IsOk());
  EXPECT_EQ(one.StateOf(in_one), v1::CONTAINER_RUNNING);
  EXPECT_THAT(one.runtime().RemovePod(one.Soon(), pod_one), test::IsOk());
  one.ExpectNothingLeft();
  two.ExpectNothingLeft();
}

}  // namespace
}  // namespace berth::runtime
