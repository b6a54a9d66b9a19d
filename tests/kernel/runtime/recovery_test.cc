// SPDX-License-Identifier: Apache-2.0
#include "runtime/recovery.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/removal.h"
#include "runtime/pod_file_names.h"
#include "runtime/records.h"
#include "tests/kernel/runtime/network_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::ContainsRegex;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// The records of a runtime that is closed.
std::unique_ptr<Records> OpenRecords(RuntimeFixture& fixture) {
  return Records::Open(fixture.dir().Join("root/runtime.db")).value();
}

KERNEL_TEST(Recovery, FilesOfAPodOfAnEarlierDaemonAreUsedWhereTheyAre) {
  RuntimeFixture fixture;
  fixture.Open();
  const std::string pod = fixture.RunPod("one");
  fixture.Close();
  const std::string etc = fixture.dir().Join("root/pods/" + pod);
  const std::string state = fixture.dir().Join("state/pods/" + pod);
  for (const char* name : kPodFileNames) {
    ASSERT_EQ(rename((etc + "/" + name).c_str(), (state + "/" + name).c_str()), 0) << name;
  }
  ASSERT_EQ(rmdir(etc.c_str()), 0);
  PodRuntime& runtime = fixture.Open();
  EXPECT_EQ(runtime.FindPod(pod)->directory, state);
  const std::string reader =
      fixture.Start(pod, "reader", "cat /etc/hosts /etc/hostname && echo x >> /etc/resolv.conf");
  EXPECT_NE(fixture.AwaitExit(reader).exit_code, 0);
  EXPECT_THAT(fixture.Log(reader), ::testing::HasSubstr("Read-only file system"));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(Recovery, FindsWhatRunsAndWhatHasExitedMeanwhile) {
  RuntimeFixture fixture;
  fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string running = fixture.Start(pod, "running", "echo up; exec sleep 1000");
  const std::string exits =
      fixture.Start(pod, "exits", "trap 'exit 5' TERM; echo up; while :; do sleep 0.01; done");
  ASSERT_TRUE(Eventually([&] { return fixture.Log(exits).find("up") != std::string::npos; }));
  const std::string created = fixture.Create(pod, "created", "exit 6");
  const ContainerSnapshot before = *fixture.runtime().FindContainer(running);
  const PodSnapshot pod_before = *fixture.runtime().FindPod(pod);
  const int exiting = fixture.runtime().FindContainer(exits)->pid;
  fixture.Close();
  ASSERT_EQ(kill(exiting, SIGTERM), 0);
  const std::string exit_file = fixture.dir().Join("state/pods/" + pod + "/exits/" + exits);
  ASSERT_TRUE(Eventually([&] { return !ReadAll(exit_file).empty(); }));
  PodRuntime& runtime = fixture.Open();
  const PodSnapshot pod_after = *runtime.FindPod(pod);
  EXPECT_EQ(pod_after.state, v1::SANDBOX_READY);
  EXPECT_EQ(pod_after.created_at, pod_before.created_at);
  EXPECT_EQ(pod_after.shim_pid, pod_before.shim_pid);
  const ContainerSnapshot after = *runtime.FindContainer(running);
  EXPECT_EQ(after.state, v1::CONTAINER_RUNNING);
  EXPECT_EQ(after.pid, before.pid);
  EXPECT_EQ(after.started_at, before.started_at);
  EXPECT_EQ(after.created_at, before.created_at);
  EXPECT_EQ(after.config.SerializeAsString(), before.config.SerializeAsString());
  EXPECT_EQ(after.image.repo_digest, before.image.repo_digest);
  EXPECT_EQ(after.log_path, before.log_path);
  const ContainerSnapshot exited = *runtime.FindContainer(exits);
  EXPECT_EQ(exited.state, v1::CONTAINER_EXITED);
  EXPECT_EQ(exited.exit_code, 5);
  EXPECT_EQ(exited.reason, "Error");
  // All of it still works: exec, the exit of what was started before, a start from before.
  EXPECT_THAT(runtime.ExecSync(fixture.Soon(), running, {"/bin/true"}, absl::Seconds(5)),
              test::IsOk());
  EXPECT_EQ(fixture.StateOf(created), v1::CONTAINER_CREATED);
  EXPECT_THAT(runtime.StartContainer(fixture.Soon(), created), test::IsOk());
  EXPECT_EQ(fixture.AwaitExit(created).exit_code, 6);
  EXPECT_THAT(runtime.StopContainer(fixture.Soon(), running, absl::ZeroDuration()), test::IsOk());
  EXPECT_TRUE(Eventually(
      [&] { return EntriesOf(fixture.dir().Join("state/pods/" + pod + "/exits")).empty(); }));
  const std::string second = fixture.RunPod("two");
  EXPECT_GT(runtime.FindPod(second)->created_at, pod_after.created_at);
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), second), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(Recovery, AUserNamespaceOutlastsTheDaemon) {
  constexpr char kMap[] = "         0     200000      65536\n";
  NetworkFixture fixture;
  fixture.Open();
  const v1::PodSandboxConfig config = fixture.MappedPodConfig("web", 200000);
  const std::string pod = fixture.RunPod(config);
  const std::string before = fixture.Start(pod, "before", "echo x > /made; sleep 100");
  PodRuntime& runtime = fixture.Open();
  const std::string after =
      fixture.Start(pod, "after", "cat /proc/self/uid_map; ls -ln /etc/hosts; hostname other");
  const absl::StatusOr<ExecResult> command =
      runtime.ExecSync(fixture.Soon(), before, {"cat", "/proc/self/uid_map"}, absl::Seconds(5));
  ASSERT_THAT(command, test::IsOk());
  EXPECT_EQ(command->out, kMap);
  EXPECT_NE(fixture.AwaitExit(after).exit_code, 0);  // without CAP_SYS_ADMIN
  EXPECT_THAT(fixture.Log(after), ContainsRegex("stdout F +0 +200000 +65536\n"));
  EXPECT_THAT(fixture.Log(after), ContainsRegex("-rw-r--r-- +1 0 +0 .*/etc/hosts"));
  EXPECT_THAT(runtime.Usage(before), test::IsOk());
  EXPECT_EQ(runtime.FindPod(pod)->config.SerializeAsString(), config.SerializeAsString());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(Recovery, ADeadShimTakesItsContainersAlong) {
  RuntimeFixture fixture;
  fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string container = fixture.Start(pod, "main", "exec sleep 1000");
  const int shim = fixture.runtime().FindPod(pod)->shim_pid;
  fixture.Close();
  ASSERT_EQ(kill(shim, SIGKILL), 0);
  ASSERT_TRUE(Eventually([&] { return RuntimeFixture::ShimPids().empty(); }));
  PodRuntime& runtime = fixture.Open();
  EXPECT_EQ(runtime.FindPod(pod)->state, v1::SANDBOX_NOTREADY);
  const ContainerSnapshot exited = *runtime.FindContainer(container);
  EXPECT_EQ(exited.state, v1::CONTAINER_EXITED);
  EXPECT_EQ(exited.exit_code, 255);
  EXPECT_EQ(exited.reason, "Unknown");
  EXPECT_THAT(Cgroup(fixture.hierarchies(), fixture.cgroup_root()).Processes(),
              test::IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(runtime.StopPod(fixture.Soon(), pod), test::IsOk());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(Recovery, AnotherBootStopsEverything) {
  RuntimeFixture fixture;
  fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string running = fixture.Start(pod, "running", "exec sleep 1000");
  const std::string exited = fixture.Start(pod, "exited", "exit 4");
  fixture.AwaitExit(exited);
  const std::string created = fixture.Create(pod, "created", "true");
  fixture.Close();
  ASSERT_THAT(OpenRecords(fixture)->SetBootId("another boot"), test::IsOk());
  PodRuntime& runtime = fixture.Open();
  EXPECT_EQ(runtime.FindPod(pod)->state, v1::SANDBOX_NOTREADY);
  for (const std::string& id : {running, created}) {
    EXPECT_EQ(fixture.StateOf(id), v1::CONTAINER_EXITED);
    EXPECT_EQ(runtime.FindContainer(id)->exit_code, 255);
    EXPECT_EQ(runtime.FindContainer(id)->reason, "Unknown");
  }
  EXPECT_EQ(runtime.FindContainer(exited)->exit_code, 4);
  EXPECT_TRUE(RuntimeFixture::ShimPids().empty());
  EXPECT_TRUE(fixture.PodCgroups().empty());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(Recovery, UndoesAPodThatWasBeingMade) {
  RuntimeFixture fixture;
  fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string container = fixture.Start(pod, "main", "exec sleep 1000");
  fixture.Close();
  {
    std::unique_ptr<Records> records = OpenRecords(fixture);
    PodState state = records->Pods()->front().state;
    state.phase = PodPhase::kStarting;
    ++state.version;
    ASSERT_THAT(records->SetPodState(pod, state), test::IsOk());
  }
  PodRuntime& runtime = fixture.Open();
  fixture.ExpectNothingLeft();
  std::vector<std::string> removed;
  runtime.OnContainerRemoved([&](const std::string& id) { removed.push_back(id); });
  EXPECT_THAT(removed, UnorderedElementsAre(container));
  fixture.RunPod("one");  // the name is free
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), runtime.Pods()[0].id), test::IsOk());
}

KERNEL_TEST(Recovery, WithoutItsStateDirectoryAPodIsLost) {
  RuntimeFixture fixture;
  fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string container = fixture.Start(pod, "main", "exec sleep 1000");
  fixture.Close();
  ASSERT_TRUE(sys::RemoveTree(AT_FDCWD, fixture.dir().Join("state").c_str()).ok());
  PodRuntime& runtime = fixture.Open();
  EXPECT_EQ(runtime.FindPod(pod)->state, v1::SANDBOX_NOTREADY);
  EXPECT_EQ(runtime.FindContainer(container)->exit_code, 255);
  EXPECT_TRUE(RuntimeFixture::ShimPids().empty());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(Recovery, RecordsThatAreNoneAreAnError) {
  RuntimeFixture fixture;
  fixture.dir().Write("root/runtime.db", std::string(8192, 'x'));
  EXPECT_THAT(PodRuntime::Create(fixture.options(), fixture.metrics()),
              test::StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace berth::runtime
